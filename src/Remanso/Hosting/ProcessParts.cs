using Remanso.Processes;
using Remanso.Telemetry;

namespace Remanso.Hosting;

/// <summary>What all caches of a process share.</summary>
/// <param name="Flushes">Whether this process moves dirty entries to the store.</param>
/// <param name="Life">When the caches run.</param>
/// <param name="Self">Who this process is.</param>
/// <param name="Time">The clock.</param>
/// <param name="Meter">Where all count.</param>
internal sealed record ProcessParts(bool Flushes, CacheLife Life, ProcessIdentity Self, TimeProvider Time, RemansoMeter Meter);
