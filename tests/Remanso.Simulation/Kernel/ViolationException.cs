namespace Remanso.Simulation.Kernel;

/// <summary>A promise was broken.</summary>
internal sealed class ViolationException(string message, Exception? cause = null) : Exception(message, cause);
