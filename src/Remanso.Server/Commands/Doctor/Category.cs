namespace Remanso.Server.Commands.Doctor;

/// <summary>What checks belong to.</summary>
internal static class Category
{
    public const string Settings = "settings";
    public const string Exposure = "exposure";
    public const string Files = "files";
    public const string Redis = "redis";
    public const string Database = "database";
    public const string Data = "data";

    public static readonly string[] All = [Settings, Exposure, Files, Redis, Database, Data];
}
