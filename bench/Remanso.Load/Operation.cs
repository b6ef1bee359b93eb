namespace Remanso.Load;

/// <summary>What the connections ask for.</summary>
internal enum Operation
{
    /// <summary>Reads only.</summary>
    Get,

    /// <summary>Writes only.</summary>
    Set,

    /// <summary>Both, in the proportion of <see cref="LoadOptions.ReadRatio"/>.</summary>
    Mix,
}
