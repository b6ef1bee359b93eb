namespace Remanso.Docs.Tests.Pages;

/// <summary>A fenced block of a page.</summary>
/// <param name="Language">The word behind the fence.</param>
/// <param name="Line">The number of its first line, from 1.</param>
/// <param name="Text">What stands between the fences.</param>
internal sealed record Listing(string Language, int Line, string Text);
