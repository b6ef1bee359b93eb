using Microsoft.Data.Sqlite;

namespace Remanso.Sqlite;

/// <summary>
/// A connection with the statements prepared on it. Disposing it gives it back to its data source, statements and all;
/// the driver's own pool would keep the connection but not the statements.
/// </summary>
internal sealed class SqliteSession : SqliteConnection
{
    private readonly SqliteDataSource _owner;
    private readonly SqliteStatements _statements;
    private UpsertStatement? _upsert;
    private UpsertStatement? _append;
    private KeysCommand? _load;
    private KeysCommand? _versions;

    public SqliteSession(SqliteDataSource owner, string connectionString, SqliteStatements statements)
        : base(connectionString)
    {
        _owner = owner;
        _statements = statements;
    }

    public UpsertStatement Upsert => _upsert ??= new UpsertStatement(this, _statements.Upsert);

    public UpsertStatement Append => _append ??= new UpsertStatement(this, _statements.Append);

    public KeysCommand Load => _load ??= new KeysCommand(this, _statements.Load);

    public KeysCommand Versions => _versions ??= new KeysCommand(this, _statements.Versions);

    /// <summary>Whether the table has triggers now: asked each time, for anybody may make one.</summary>
    public bool HasTriggers => SqliteTriggers.Any(this, _statements.Name.ToTableName());

    /// <summary>True after an error that may sit in the connection itself; it is then closed instead of kept.</summary>
    public bool IsBroken { get; set; }

    /// <summary>True while somebody uses it, so that disposing it twice does not hand it out twice.</summary>
    public bool IsLent { get; set; }

    /// <summary>Whether the next user would begin in the midst of this one's transaction.</summary>
    public bool HasTransaction => Transaction is not null;

    public void Execute(string sql)
    {
        using var command = CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Closes for good, past the data source.</summary>
    public void Discard()
    {
        _upsert?.Dispose();
        _append?.Dispose();
        _load?.Dispose();
        _versions?.Dispose();
        base.Dispose(disposing: true);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _owner.TakeBack(this);
        }
        else
        {
            base.Dispose(disposing);
        }
    }
}
