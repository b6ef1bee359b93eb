using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>Every parser that meets bytes which others made.</summary>
internal static class AllTargets
{
    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        RespTarget.Target,
        EntryTarget.Target,
        SignalTarget.Target,
        RedirectTarget.Target,
        JournalTarget.Target,
        JournalLogTarget.Target,
        HttpBodyTarget.Target,
        JsonAnswerTarget.Target,
        JsonPatchTarget.Target,
        JsonAppendTarget.Target,
        CounterTarget.Target,
        DurationTarget.Target,
        RedisAddressTarget.Target,
        PostgresAddressTarget.Target,
        MySqlAddressTarget.Target,
        SqliteAddressTarget.Target,
        PreconditionTarget.Target,
        CacheControlTarget.Target,
        QueryTarget.Target,
        PathTarget.Target,
        TraceLogTarget.Target,
        KeyTarget.Target,
        ExportLineTarget.Target,
        KeyFileTarget.Target,
        ProcessCardTarget.Target,
        ChangeNoticeTarget.Target,
        EnvelopeTarget.Target,
    ];
}
