namespace Remanso.Redis.Tests.Servers;

/// <summary>Options for tests of what a tier does: on a machine that is busy with other things an answer may take
/// longer than the product waits for one.</summary>
internal static class PatientOptions
{
    public static RedisOptions Of(string address)
    {
        var options = RedisOptions.Parse(address);
        options.Timings.CommandTimeout = options.Timings.ConnectTimeout = TimeSpan.FromSeconds(30);
        return options;
    }
}
