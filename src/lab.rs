//! Owns the trace and joins the parts.
