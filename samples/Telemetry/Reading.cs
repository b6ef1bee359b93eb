namespace Telemetry;

/// <summary>What a sensor measured.</summary>
internal sealed record Reading(string Sensor, double Celsius, DateTimeOffset At);
