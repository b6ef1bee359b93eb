using FsCheck;
using FsCheck.Fluent;
using Remanso.Near;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Near;

/// <summary>Any interleaving of reads, writes and notices of a few keys, against a model of the tier and the way of its signals.</summary>
public sealed class NearInterleavingTests
{
    private const int Keys = 3;

    [Fact]
    public void A_copy_is_never_older_than_what_was_heard_or_written_here() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2_000).WithEndSize(120),
            Prop.ForAll(ArbMap.Default.ArbFor<uint[]>(), static steps =>
            {
                var model = new Model();
                return steps.All(step => model.Step(step)) && model.HearAll();
            })
        );

    private sealed class Model
    {
        private readonly NearBed _bed = new();
        private readonly long[] _current = [1, 1, 1];
        private readonly long[] _atLeast = new long[Keys];
        private readonly Queue<(int Key, long Version)> _notices = new();
        private readonly List<(int Key, long Version, NearTicket<string, string> Ticket)> _reads = [];
        private long _version = 10;
        private bool _isLost;

        private ITierObserver Heard => _bed.Near;

        public bool Step(uint step)
        {
            var key = (int)(step / 16 % Keys);
            switch (step % 16)
            {
                case < 4:
                    _reads.Add((key, _current[key], _bed.Near.Begin(Name(key))));
                    break;
                case < 8:
                    FinishRead(step);
                    break;
                case < 10:
                    Write(key);
                    break;
                case 10:
                    // This process's own: in force when it returns.
                    Write(key);
                    _bed.Near.OnChanged(Name(key), _atLeast[key] = _current[key]);
                    break;
                case < 14:
                    Hear();
                    break;
                case 14 when _isLost:
                    _isLost = false;
                    Heard.OnMissed();
                    Heard.OnRestored();
                    break;
                case 14:
                    _isLost = true;
                    Heard.OnLost();

                    // Lost with the connection; from here on nothing may be held.
                    _notices.Clear();
                    _current.CopyTo(_atLeast, 0);
                    break;
                default:
                    // An invalidation behind which the store had a lower version.
                    _current[key] = ++_version / 2;
                    _atLeast[key] = 0;
                    Announce(key, 0);
                    break;
            }

            return Holds();
        }

        /// <summary>Once all notices are in, what is held is what the tier has.</summary>
        public bool HearAll()
        {
            while (_notices.Count > 0)
            {
                Hear();
            }

            while (_reads.Count > 0)
            {
                FinishRead(0);
            }

            return Holds()
                && Enumerable.Range(0, Keys).All(key => _bed.Near.Find(Name(key)) is not { } copy || copy.Entry.Version == _current[key]);
        }

        private bool Holds() =>
            Enumerable
                .Range(0, Keys)
                .All(key => _bed.Near.Find(Name(key)) is not { } copy || (!_isLost && copy.Entry.Version >= _atLeast[key]));

        private void Write(int key)
        {
            _current[key] = ++_version;
            Announce(key, _version);
        }

        private void Announce(int key, long version)
        {
            if (!_isLost)
            {
                _notices.Enqueue((key, version));
            }
        }

        private void Hear()
        {
            if (!_notices.TryDequeue(out var notice))
            {
                return;
            }

            Heard.OnChanged(Name(notice.Key), notice.Version);
            _atLeast[notice.Key] = notice.Version;
        }

        private void FinishRead(uint step)
        {
            if (_reads.Count == 0)
            {
                return;
            }

            var index = (int)(step / 16 % (uint)_reads.Count);
            var (key, version, ticket) = _reads[index];
            _reads.RemoveAt(index);
            _bed.Near.Offer(ticket, Name(key), NearBed.Read(NearBed.Entry(version)));
        }

        private static string Name(int key) => $"key:{key}";
    }
}
