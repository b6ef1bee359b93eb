using System.CommandLine;
using Remanso.Server.Commands.Plan.Logs;
using Remanso.Server.Commands.Plan.Report;
using Remanso.Server.Commands.Plan.Simulation;
using Remanso.Server.Commands.Remote;
using Remanso.Server.Commands.Remote.Transfer;

namespace Remanso.Server.Commands.Plan;

/// <summary><c>plan</c>: what the cache would do for a load, before anything is installed. Calls no server and changes nothing.</summary>
internal sealed class PlanCommand
{
    private readonly Argument<string?> _log = new("LOG")
    {
        Description =
            "A log of reads and writes, CSV or a JSON object a line: time, key, op, bytes, cost; - for the input. Without it "
            + "the load is described by --keys, --reads and --writes",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<int> _keys = Numbers.Whole("--keys", "Of a described load: how many keys", 100_000, 1, 10_000_000);
    private readonly Option<double> _reads = Numbers.Any("--reads", "Of a described load: reads a second", 0, 0, 10_000_000);
    private readonly Option<double> _writes = Numbers.Any("--writes", "Of a described load: writes a second", 0, 0, 10_000_000);
    private readonly Option<double> _skew = Numbers.Any("--skew", "Of a described load: s of Zipf's law; 0: all keys alike", 0.99, 0, 5);
    private readonly Option<int> _bytes = Numbers.Whole(
        "--value-bytes",
        "How long a value is of which the log does not tell it",
        200,
        0,
        512 << 20
    );
    private readonly Option<string> _duration = Text("--duration", "TIME", "Of a described load: for how long", "10m");
    private readonly Option<int> _seed = Numbers.Whole("--seed", "The same one draws the same load", 1, 0, int.MaxValue);
    private readonly Option<string?> _sizes = Text(
        "--sizes",
        "LIST",
        "Sizes of the cache, such as 256MiB,1GiB; the first is the base of the other tables"
    );
    private readonly Option<string?> _ttls = Text("--ttls", "LIST", "TTLs, such as 5m,1h; the first is the base of the other tables");
    private readonly Option<string?> _intervals = Text(
        "--flush-intervals",
        "LIST",
        "Flush intervals, such as 250ms,1s; the first is the base of the other tables"
    );
    private readonly Option<string?> _near = Text(
        "--near",
        "SIZE",
        "A near cache of this size in each process, such as 64MiB; none unless set"
    );
    private readonly Option<string> _query = Text(
        "--query-time",
        "TIME",
        "How long a query takes of which the log does not tell it",
        "2ms"
    );
    private readonly Option<string> _commit = Text("--commit-time", "TIME", "How long the database takes to store one row", "2ms");
    private readonly Option<string> _batch = Text("--batch-time", "TIME", "How long it takes to store 1000 rows in one batch", "20ms");
    private readonly Option<double> _rows = Numbers.Any(
        "--rows-per-second",
        "The rows that it stores in a second at most, from all workers; 0: no such limit",
        0,
        0,
        1e9
    );
    private readonly Option<bool> _json = new("--json") { Description = "One document of JSON, for scripts" };

    private PlanCommand() { }

    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var plan = new PlanCommand();
        var command = new Command(
            "plan",
            "Replays a log of reads and writes, or a load that you describe, by the cache's own rules, and tells what would "
                + "reach the database. Needs no server"
        )
        {
            plan._log,
            plan._keys,
            plan._reads,
            plan._writes,
            plan._skew,
            plan._bytes,
            plan._duration,
            plan._seed,
            plan._sizes,
            plan._ttls,
            plan._intervals,
            plan._near,
            plan._query,
            plan._commit,
            plan._batch,
            plan._rows,
            plan._json,
        };
        command.SetAction((arguments, cancellationToken) => plan.RunAsync(terminal, time, arguments, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(Terminal terminal, TimeProvider time, ParseResult arguments, CancellationToken cancellationToken)
    {
        var sizes = Lists.Sizes(_sizes.Name, arguments.GetValue(_sizes));
        var ttls = Lists.Times(_ttls.Name, arguments.GetValue(_ttls), TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(3650));
        var intervals = Lists.Times(_intervals.Name, arguments.GetValue(_intervals), TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        long[] near = Lists.Sizes(_near.Name, arguments.GetValue(_near)) is { Length: <= 1 } one
            ? one
            : throw new UsageException("--near takes one size");
        var store = StoreOf(arguments);
        var bad = new BadLines(terminal.Errors);
        var trace = await TraceOfAsync(terminal, arguments, bad, cancellationToken);
        var seed = arguments.GetValue(_seed);
        var isJson = arguments.GetValue(_json);
        var grid = PlanGrid.Of(trace, sizes, ttls, intervals, near is [var bytes] ? bytes : 0);
        PlanResult? result = null;
        await ProgressReport.RunAsync(terminal, "replays", isQuiet: isJson || terminal.ErrorScreen is null, time, async told =>
        {
            result = await Task.Run(() => grid.Run(trace, store, seed, told, cancellationToken), cancellationToken) with
            {
                BadLines = bad.Count,
            };
            return ExitCode.Done;
        });
        if (isJson)
        {
            PlanJson.Write(terminal.Output, result!);
        }
        else
        {
            PlanText.Write(terminal, result!);
        }

        return ExitCode.Done;
    }

    private async Task<Trace> TraceOfAsync(Terminal terminal, ParseResult arguments, BadLines bad, CancellationToken cancellationToken)
    {
        var path = arguments.GetValue(_log);
        var (reads, writes) = (arguments.GetValue(_reads), arguments.GetValue(_writes));
        var isDescribed = reads + writes > 0;
        if (path is null != isDescribed)
        {
            throw new UsageException(
                isDescribed
                    ? "either a LOG, or a load described by --reads and --writes: not both"
                    : "what to plan for? A LOG, or a load described by --reads and --writes; see plan --help"
            );
        }

        if (path is null)
        {
            var duration = Time(arguments, _duration);
            if (duration < TimeSpan.FromSeconds(1) || duration > TimeSpan.FromDays(30))
            {
                throw new UsageException("--duration must be 1s to 30d");
            }

            return new DescribedLoad(
                arguments.GetValue(_keys),
                reads,
                writes,
                arguments.GetValue(_skew),
                arguments.GetValue(_bytes),
                duration,
                arguments.GetValue(_seed)
            ).Draw();
        }

        using var lines = path == "-" ? new LogLines(terminal.Input) : Open(path);
        return await new LogReader(lines, bad, arguments.GetValue(_bytes)).ReadAsync(cancellationToken);
    }

    private StoreModel StoreOf(ParseResult arguments)
    {
        var model = new StoreModel(Time(arguments, _query), Time(arguments, _commit), Time(arguments, _batch), arguments.GetValue(_rows));
        return model.Batch < model.Commit ? throw new UsageException("--batch-time must not be below --commit-time") : model;
    }

    private static LogLines Open(string path)
    {
        try
        {
            return new LogLines(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} can't be read: {exception.Message}");
        }
    }

    private static TimeSpan Time(ParseResult arguments, Option<string> option)
    {
        var time = Times.Parse(option.Name, arguments.GetValue(option)) ?? TimeSpan.Zero;
        return time < TimeSpan.Zero || (time > TimeSpan.FromMinutes(10) && option.Name != "--duration")
            ? throw new UsageException($"{option.Name} must be 0 to 10m")
            : time;
    }

    private static Option<string> Text(string name, string value, string description, string unlessSet) =>
        new(name)
        {
            Description = description,
            HelpName = value,
            DefaultValueFactory = _ => unlessSet,
        };

    private static Option<string?> Text(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value };
}
