namespace Telemetry;

/// <summary>A reading that can't be kept, however often it is sent.</summary>
internal sealed record Unfit(int Place, string Reason);
