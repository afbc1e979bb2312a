"""New and changed files: which there are (``listing``), which count (``changes``), when to look (``watch``)."""
