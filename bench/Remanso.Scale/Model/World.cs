using Remanso.Scale.Costs;
using Remanso.Scale.Engine;

namespace Remanso.Scale.Model;

// A queueing model of a deployment. Every station is a queue: a Redis is one core that works in rounds (RedisMaster), a
// process has some cores, the database has some, each batch uses one of them. Where all are on one machine, they compete
// for its cores too.
//
// What is of the product: lanes of writes, one call of each under way (WriteLaneModel); flush passes, their batches and
// what is coalesced (WorkerModel, PartitionModel); which partition is on which master (SlotMap). What is measured: every
// duration. What is assumed: the network's delay, that costs don't change with the load, and that a database's cores add up.
//
// Keys are not told apart: of a partition's keys any is as likely, so that how many are queued says how likely a write
// finds its key queued. The same seed gives the same figures.

/// <summary>Simulates a deployment for some seconds.</summary>
internal sealed class World
{
    private readonly EventLoop _loop = new();
    private readonly Deployment _deployment;
    private readonly MeasuredCosts _costs;
    private readonly Station? _load;
    private readonly Station _database;
    private readonly Station[] _programs;
    private readonly RedisMaster[] _masters;
    private readonly PartitionModel[] _partitions;
    private readonly ProcessModel[] _processes;
    private readonly WorkerModel[] _workers;
    private readonly Latencies _latencies = new();

    public World(Deployment deployment, MeasuredCosts costs)
    {
        var shared = deployment.SharedCores > 0 ? new Machine(_loop, deployment.SharedCores) : null;
        _costs = costs;
        _deployment = deployment = shared is null ? deployment : deployment with { Network = 0 };
        _load = deployment.HasLoad ? Program("load program", deployment.SharedCores, deployment.SharedCores) : null;
        _database = Program("database", deployment.CoresOfDatabase, deployment.CoresOfDatabase);
        _programs =
        [
            .. Enumerable
                .Range(0, deployment.Processes)
                .Select(_ => Program("process", deployment.CoresOfProcess, deployment.CoresOfProcess)),
        ];

        _masters =
        [
            .. Enumerable.Range(0, deployment.Masters).Select(_ => new RedisMaster(_loop, costs, Program("Redis", 1, 1), deployment)),
        ];
        _partitions =
        [
            .. SlotMap
                .Of(deployment.Partitions, deployment.Masters)
                .Select(
                    (master, index) =>
                        new PartitionModel(
                            index,
                            _masters[master],
                            Math.Max(1, (double)deployment.Keys / deployment.Partitions),
                            deployment.BatchSize,
                            () => Array.ForEach(_workers!, static worker => worker.Wake())
                        )
                ),
        ];
        _processes = [.. _programs.Select((station, index) => new ProcessModel(index, deployment, costs, station, _partitions))];
        _workers =
            deployment.FlushInterval == 0
                ? []
                : Array.ConvertAll(_processes, process => new WorkerModel(_loop, deployment, process, _database, _partitions));

        Station Program(string name, int cores, int most) => new(_loop, name, shared ?? new Machine(_loop, cores), most);
    }

    /// <summary>Runs callers or a rate, first for a time that does not count.</summary>
    /// <param name="warmUp">That time.</param>
    /// <param name="seconds">What counts.</param>
    /// <param name="mostP99">Ends early where so many calls took longer that the p99 of all can't be below.</param>
    public Outcome Run(double warmUp, double seconds, double mostP99 = double.MaxValue)
    {
        // Workers are not in step: each was started at another time.
        foreach (var (index, worker) in _workers.Index())
        {
            _loop.After(_deployment.FlushInterval * (index + 1) / _workers.Length, worker.Pass);
        }

        for (var caller = 0; caller < _deployment.Callers; caller++)
        {
            Repeat(_processes[caller % _processes.Length]);
        }

        if (_deployment.Rate > 0)
        {
            Array.ForEach(_processes, Arrive);
        }

        _loop.RunUntil(warmUp);
        _latencies.Forget(mostP99, 1.03 * _deployment.Rate * seconds / 100);
        var stations = _programs.Concat(_masters.Select(static master => master.Station)).Append(_database).ToArray();
        Array.ForEach(stations, static station => station.Forget());
        var stored = _workers.Sum(static worker => worker.Stored);
        var calls = _processes.Sum(static process => process.Calls);
        var writes = _processes.Sum(static process => process.Writes);
        var before = MeanDirty(warmUp, warmUp + (seconds / 2));
        var after = MeanDirty(warmUp + (seconds / 2), warmUp + seconds);
        calls = _processes.Sum(static process => process.Calls) - calls;
        seconds = _loop.Now - warmUp;
        return new Outcome(
            _latencies.Count / seconds,
            _latencies.Percentile(50),
            _latencies.Percentile(99),
            (_workers.Sum(static worker => worker.Stored) - stored) / seconds,
            calls == 0 ? 0 : (double)(_processes.Sum(static process => process.Writes) - writes) / calls,
            (after - before) / (seconds / 2),
            stations
                .GroupBy(static station => station.Name)
                .ToDictionary(static kind => kind.Key, static kind => kind.Max(static station => station.Utilisation))
        );
    }

    /// <summary>Flushes so many dirty entries, and nothing else.</summary>
    /// <returns>Rows a second.</returns>
    public double Flush(int rows)
    {
        for (var i = 0; i < rows; i++)
        {
            _partitions[i % _partitions.Length].Queued++;
        }

        Array.ForEach(_workers, static worker => worker.Pass());
        _loop.RunUntil(double.MaxValue, () => _workers.Sum(static worker => worker.Stored) == rows);
        return rows / _loop.Now;
    }

    /// <summary>Runs on, and looks at the queues now and then.</summary>
    private double MeanDirty(double from, double to)
    {
        const int Looks = 60;
        var sum = 0d;
        for (var look = 1; look <= Looks; look++)
        {
            _loop.RunUntil(from + ((to - from) * look / Looks), () => _latencies.AreTooLong);
            sum += _partitions.Sum(static partition => partition.Queued);
        }

        return sum / Looks;
    }

    private void Repeat(ProcessModel process)
    {
        var start = _loop.Now;
        Serve(process, () =>
        {
            _latencies.Add(_loop.Now - start);
            Repeat(process);
        });
    }

    private void Arrive(ProcessModel process)
    {
        var wait = -Math.Log(1 - process.Random.NextDouble()) * _processes.Length / _deployment.Rate;
        _loop.After(wait, () =>
        {
            var start = _loop.Now;
            Serve(process, () => _latencies.Add(_loop.Now - start));
            Arrive(process);
        });
    }

    private void Serve(ProcessModel process, Action done)
    {
        if (_load is null)
        {
            process.Serve(done);
            return;
        }

        _load.Run(_deployment.Reads > 0 ? _costs.LoadGet : _costs.LoadSet, () => process.Serve(done));
    }
}
