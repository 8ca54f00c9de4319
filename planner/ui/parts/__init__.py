"""Parts of pages, one module each, drawn by show(decision, lang)."""
