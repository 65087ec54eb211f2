//! Link layers: where the IP header starts.
