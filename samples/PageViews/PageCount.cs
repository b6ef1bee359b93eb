namespace PageViews;

/// <summary>How often a page was viewed.</summary>
internal sealed record PageCount(string Page, long Views);
