namespace Remanso.Baselines;

/// <summary>The body of <c>POST /set</c>.</summary>
internal sealed record SetRequest(string Key, string Value);
