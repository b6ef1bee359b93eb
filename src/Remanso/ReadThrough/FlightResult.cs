namespace Remanso.ReadThrough;

/// <summary>What a caller of a single flight gets: the value, and how it came by it.</summary>
/// <typeparam name="TValue">The type of the loaded value.</typeparam>
/// <param name="Value">What the load returned; the same instance for every caller of the flight.</param>
/// <param name="Joined">
/// <see langword="true"/> if this caller waited for a load that another one had started; <see langword="false"/> if it
/// led the flight.
/// </param>
/// <param name="Shared">
/// <see langword="true"/> if the value went to more than one caller. Callers that gave up before the load ended do not
/// count.
/// </param>
internal readonly record struct FlightResult<TValue>(TValue Value, bool Joined, bool Shared);
