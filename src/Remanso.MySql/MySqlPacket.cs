using System.Buffers;
using System.Data.Common;
using System.Globalization;
using Remanso.Stores;

namespace Remanso.MySql;

// It hangs up on a packet that is too long, which looks like a lost connection: the row would be tried for ever.
//
// Drivers write parameters into the text of a statement, and escape them with backslashes. Where these are ordinary
// characters (NO_BACKSLASH_ESCAPES) a value would be stored as another one, or end its literal and go on as SQL.

/// <summary>How much a server takes at once, and how long values travel.</summary>
/// <param name="description">The database, for messages.</param>
internal sealed class MySqlPacket(string description)
{
    /// <summary>The bytes above which a batch is split; more makes nothing faster.</summary>
    private const long StatementBytes = 1 << 20;

    /// <summary>What may stand around a statement's text in its packet, such as the attributes of a query, and what
    /// prepares its session.</summary>
    private const long Overhead = 1024;

    private const string Settings = "SELECT @@max_allowed_packet, @@sql_mode";

    /// <summary>What both drivers put a backslash before, and some that only one does.</summary>
    private static readonly SearchValues<byte> _escaped = SearchValues.Create("\0\n\r\u001a'\"\\"u8);

    /// <summary>Longer values travel as parameters: as hexadecimal digits they would double.</summary>
    private const int LongestLiteral = 4096;

    // Until the server is asked: the smallest default that any version had, and no backslash.
    private long _longest = StatementBytes;
    private volatile bool _refusesEscapes;
    private volatile bool _isKnown;

    /// <summary>The bytes that a statement of several rows may have.</summary>
    public long Room => Math.Min(StatementBytes, Interlocked.Read(ref _longest) - Overhead);

    /// <summary>The bytes that a parameter takes in the text that a driver makes of it, at most.</summary>
    public static long Escaped(ReadOnlySpan<byte> value)
    {
        long bytes = value.Length;
        for (var at = value.IndexOfAny(_escaped); at >= 0; at = value.IndexOfAny(_escaped))
        {
            bytes++;
            value = value[(at + 1)..];
        }

        return bytes;
    }

    /// <summary>Whether a value of some bytes is longer than what goes as hexadecimal digits anyhow.</summary>
    public static bool IsLong(int bytes) => bytes > LongestLiteral;

    /// <summary>Whether a value of some bytes goes as a parameter; if not, as hexadecimal digits.</summary>
    public bool TakesAsParameter(int bytes) => IsLong(bytes) && _isKnown && !_refusesEscapes;

    /// <summary>Asks the server, unless it was asked before and no value may be long.</summary>
    /// <remarks>What another session says is no word of this one's: the mode is the session's own, and a pool moves to another
    /// server without an error. Whoever was seen to refuse escapes once is not believed any more, for saves run side by
    /// side.</remarks>
    public async ValueTask KnowAsync(DbConnection mysql, bool hasLongValues)
    {
        if (hasLongValues || !_isKnown)
        {
            await ReadSettingsAsync(mysql, transaction: null).ConfigureAwait(false);
        }
    }

    /// <summary>The next connection may lead to another server.</summary>
    public void Forget() => _isKnown = false;

    /// <summary>Asks the server, and whether it refuses what does not fit.</summary>
    /// <exception cref="StoreException">It does not.</exception>
    public async Task AskAsync(DbConnection mysql)
    {
        var mode = await ReadSettingsAsync(mysql, transaction: null).ConfigureAwait(false);
        if (!mode.Contains("STRICT_", StringComparison.OrdinalIgnoreCase))
        {
            throw new StoreException(
                $"{description} shortens what does not fit, in silence: its sql_mode has neither STRICT_TRANS_TABLES nor "
                    + "STRICT_ALL_TABLES.",
                isTransient: false
            );
        }
    }

    /// <summary>Whether a statement is short enough, as far as is known.</summary>
    public bool Takes(long statementBytes) => statementBytes + Overhead <= Interlocked.Read(ref _longest);

    /// <summary>Refuses the statement of a single row that is too long.</summary>
    /// <param name="mysql">Where to ask for the limit, should it have grown.</param>
    /// <param name="transaction">The transaction that is open on it, if there is one: MySqlConnector takes no command beside it.</param>
    /// <param name="statementBytes">The statement's length, at most.</param>
    /// <param name="row">Which row it is, for people.</param>
    /// <exception cref="StoreException">It is too long.</exception>
    public async ValueTask RefuseLongerAsync(DbConnection mysql, DbTransaction? transaction, long statementBytes, string row)
    {
        if (Takes(statementBytes))
        {
            return;
        }

        await ReadSettingsAsync(mysql, transaction).ConfigureAwait(false);
        if (!Takes(statementBytes))
        {
            throw new StoreException(
                $"{description} takes no more than {Interlocked.Read(ref _longest)} bytes at once (max_allowed_packet); "
                    + $"{row} needs up to {statementBytes + Overhead}.",
                isTransient: false
            )
            {
                BlamesRow = true,
            };
        }
    }

    /// <summary>Learns the longest packet; returns the <c>sql_mode</c>.</summary>
    private async Task<string> ReadSettingsAsync(DbConnection mysql, DbTransaction? transaction)
    {
        var mode = string.Empty;
        await MySqlCalls
            .ReadAsync(
                mysql,
                transaction,
                Settings,
                reader =>
                {
                    Interlocked.Exchange(ref _longest, Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
                    mode = reader.GetString(1);
                    if (mode.Contains("NO_BACKSLASH_ESCAPES", StringComparison.OrdinalIgnoreCase))
                    {
                        _refusesEscapes = true;
                    }

                    _isKnown = true;
                },
                CancellationToken.None
            )
            .ConfigureAwait(false);
        return mode;
    }
}
