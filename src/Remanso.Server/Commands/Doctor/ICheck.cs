namespace Remanso.Server.Commands.Doctor;

/// <summary>Looks at one thing, and changes nothing.</summary>
internal interface ICheck
{
    /// <summary>What it belongs to, one of <see cref="Category"/>.</summary>
    string Category { get; }

    /// <summary>What it looks at, in a word or two.</summary>
    string Name { get; }

    /// <summary>Where the manual speaks of it, one of <see cref="DocLink"/>.</summary>
    string Link { get; }

    /// <summary>Whether there is such a thing in this configuration.</summary>
    bool IsFor(Patient patient) => true;

    /// <summary>Looks. What it throws is told as "could not check".</summary>
    Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken);
}
