using Remanso.Scale.Costs;
using Remanso.Scale.Engine;

namespace Remanso.Scale.Model;

// A queueing model of a deployment. Every station is a queue: a Redis is one core that works in rounds (RedisShard), a
// process has some cores, the database has some, each batch uses one of them. Where all are on one machine, they compete
// for its cores too.
//
// What is of the product: lanes of writes, one call of each under way (WriteLaneModel); flush passes, their batches and
// what is coalesced (WorkerModel, PartitionModel); which partition is on which shard (SlotMap). What is measured: every
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
    private readonly RedisShard[] _shards;
    private readonly PartitionModel[] _partitions;
    private readonly ProcessModel[] _processes;
    private readonly WorkerModel[] _workers;
    private readonly Latencies _latencies = new();

    public World(Deployment deployment, MeasuredCosts costs)
    {
        (_deployment, _costs) = (deployment, costs);
        var shared = deployment.SharedCores > 0 ? new Machine(_loop, deployment.SharedCores) : null;
        var network = shared is null ? deployment.Network : 0;
        _load = deployment.HasLoad ? Program("load program", deployment.SharedCores, deployment.SharedCores) : null;
        _database = Program("database", deployment.CoresOfDatabase, deployment.CoresOfDatabase);
        _programs =
        [
            .. Enumerable
                .Range(0, deployment.Processes)
                .Select(_ => Program("process", deployment.CoresOfProcess, deployment.CoresOfProcess)),
        ];

        _shards =
        [
            .. Enumerable
                .Range(0, deployment.Shards)
                .Select(_ => new RedisShard(_loop, costs, Program("Redis", 1, 1), network, deployment.Processes)),
        ];
        _partitions =
        [
            .. SlotMap
                .Of(deployment.Partitions, deployment.Shards)
                .Select(shard => new PartitionModel(_shards[shard], Math.Max(1, (double)deployment.Keys / deployment.Partitions))),
        ];
        _processes = [.. _programs.Select((station, index) => new ProcessModel(index, deployment, costs, station, _partitions))];
        _workers =
        [
            .. _processes.Select(process => new WorkerModel(
                _loop,
                deployment with
                {
                    Network = network,
                },
                process,
                _database,
                [.. _partitions.Where((_, partition) => partition % deployment.Processes == process.Index)]
            )),
        ];

        Station Program(string name, int cores, int most) => new(_loop, name, shared ?? new Machine(_loop, cores), most);
    }

    /// <summary>Runs callers or a rate, first for a time that does not count.</summary>
    public Outcome Run(double warmUp, double seconds)
    {
        if (_deployment.FlushInterval > 0)
        {
            // Workers are not in step: each was started at another time.
            foreach (var (index, worker) in _workers.Index())
            {
                _loop.After(_deployment.FlushInterval * (index + 1) / _workers.Length, worker.Start);
            }
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
        _latencies.Forget();
        var stations = _programs.Concat(_shards.Select(static shard => shard.Station)).Append(_database).ToArray();
        Array.ForEach(stations, static station => station.Forget());
        var stored = _workers.Sum(static worker => worker.Stored);
        var calls = _processes.Sum(static process => process.Calls);
        var writes = _processes.Sum(static process => process.Writes);
        var before = MeanDirty(warmUp, warmUp + (seconds / 2));
        var after = MeanDirty(warmUp + (seconds / 2), warmUp + seconds);
        calls = _processes.Sum(static process => process.Calls) - calls;
        return new Outcome(
            _latencies.Count / seconds,
            _latencies.Percentile(50),
            _latencies.Percentile(99),
            (_workers.Sum(static worker => worker.Stored) - stored) / seconds,
            calls == 0 ? 0 : (double)(_processes.Sum(static process => process.Writes) - writes) / calls,
            after - before,
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

        Array.ForEach(_workers, static worker => worker.Start());
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
            _loop.RunUntil(from + ((to - from) * look / Looks));
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
