using System.Data;
using System.Data.Common;
using System.Text;

namespace Remanso.MySql.Tables;

/// <summary>A command while rows are written into it.</summary>
internal sealed class RowsCommand(DbCommand command, RowsStatement statement, MySqlPacket packet)
{
    /// <summary>The most rows of one statement: each is a SELECT of its own in most of them.</summary>
    private const int MostRows = 1000;

    private readonly StringBuilder _sql = new(statement.Head);
    private long _parameterBytes;

    public StringBuilder Sql => _sql;

    /// <summary>Whether the row that is being written is the first, which tells names and types of the columns.</summary>
    public bool IsFirst { get; private set; } = true;

    private long Bytes => _sql.Length + _parameterBytes + Encoding.UTF8.GetByteCount(statement.Tail);

    /// <summary>Runs statements over all rows, in their order; each holds as many as the server takes at once.</summary>
    /// <param name="mysql">The connection.</param>
    /// <param name="transaction">Its transaction, if there is one.</param>
    /// <param name="packet">What the server takes.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="write">Writes a row.</param>
    /// <param name="run">Runs a command with this many rows.</param>
    /// <param name="stop">Ends it between two statements.</param>
    public static async Task RunAsync<TRow>(
        DbConnection mysql,
        DbTransaction? transaction,
        MySqlPacket packet,
        RowsStatement statement,
        IReadOnlyList<TRow> rows,
        Action<RowsCommand, TRow> write,
        Func<DbCommand, int, Task> run,
        CancellationToken stop
    )
    {
        int count;
        for (var start = 0; start < rows.Count; start += count)
        {
            stop.ThrowIfCancellationRequested();
            var command = MySqlCalls.Command(mysql, transaction);
            await using var _ = command.ConfigureAwait(false);
            var text = new RowsCommand(command, statement, packet);
            count = text.Fill(rows, start, packet.Room, write);
            if (count == 1 && !packet.Takes(text.Bytes))
            {
                await packet.RefuseLongerAsync(mysql, transaction, text.Bytes, "a row").ConfigureAwait(false);
            }

            command.CommandText = text._sql.Append(statement.Tail).ToString();
            await run(command, count).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a value is written by <see cref="Add"/>, and not as a literal.</summary>
    public bool TakesAsParameter(byte[] value) => packet.TakesAsParameter(value.Length);

    /// <summary>Writes a value as a parameter.</summary>
    /// <returns>The parameter's name.</returns>
    public string Add(byte[] value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = $"@v{command.Parameters.Count}";
        parameter.DbType = DbType.Binary;
        parameter.Value = value;
        command.Parameters.Add(parameter);
        _parameterBytes += MySqlPacket.Escaped(value);
        return parameter.ParameterName;
    }

    private int Fill<TRow>(IReadOnlyList<TRow> rows, int start, long room, Action<RowsCommand, TRow> write)
    {
        var count = 0;
        while (start + count < rows.Count && count < MostRows)
        {
            var (length, parameters, parameterBytes) = (_sql.Length, command.Parameters.Count, _parameterBytes);
            IsFirst = count == 0;
            if (!IsFirst)
            {
                _sql.Append(statement.Separator);
            }

            write(this, rows[start + count]);
            if (!IsFirst && Bytes > room)
            {
                (_sql.Length, _parameterBytes) = (length, parameterBytes);
                while (command.Parameters.Count > parameters)
                {
                    command.Parameters.RemoveAt(command.Parameters.Count - 1);
                }

                break;
            }

            count++;
        }

        return count;
    }
}
