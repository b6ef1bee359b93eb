namespace Remanso.Client;

/// <summary>How far a preload is, or what it did.</summary>
/// <param name="Keys">How many keys were looked at.</param>
/// <param name="Found">How many have a value.</param>
/// <param name="Loaded">How many were not cached, and are now, the known absent ones among them.</param>
/// <param name="Failed">How many have a row that can't be read.</param>
public sealed record PreloadAnswer(int Keys, int Found, int Loaded, int Failed);
