namespace Remanso.Tiers;

/// <summary>By what a tier knows the store of a cache.</summary>
/// <param name="Name">What names it; empty where nothing does: it is told from those that have a name, not from its like.</param>
/// <param name="Earlier">What earlier versions noted of it, where that is another's name: they took the default
/// store's for one of the cache's own. Null where they noted <paramref name="Name"/>.</param>
internal readonly record struct NotedStore(string Name, string? Earlier = null);
