using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gateway.Budgets.Sql;

/// <summary>
/// The statement that adds rows to the table <c>ledger</c> in SQLite, one after the other, in the transaction of its connection. It calls SQLite itself:
/// a command of ADO.NET looks each parameter up by its name and makes a reader, for each row anew, and takes twice the processor time.
/// Not safe for concurrent use.
/// </summary>
internal sealed class SqliteInsert : IDisposable
{
    private static readonly string Sql =
        $"""
        INSERT INTO ledger ({LedgerColumns.List}) VALUES ({string.Join(", ", LedgerColumns.All.Select(_ => "?"))})
        ON CONFLICT (partition, request) DO NOTHING
        """;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);

    /// <param name="connection">Open.</param>
    public SqliteInsert(SqliteConnection connection)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, Sql, out _statement));
    }

    /// <returns>False when its request is there already.</returns>
    /// <exception cref="SqliteException">The row cannot be added.</exception>
    public bool TryAdd(LedgerRow row)
    {
        for (int i = 0; i < LedgerColumns.All.Length; i++)
        {
            var column = LedgerColumns.All[i];
            Check(column.Text is { } text ? Bind(i + 1, text(row)) : raw.sqlite3_bind_int64(_statement, i + 1, column.Integer!(row)));
        }

        int code = raw.sqlite3_step(_statement);
        if (code != raw.SQLITE_DONE)
        {
            // Before the statement is reset, which would clear the message.
            Check(code);
        }

        Check(raw.sqlite3_reset(_statement));
        return raw.sqlite3_changes(_database) > 0;
    }

    public void Dispose()
    {
        _statement.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private int Bind(int index, string? text)
    {
        switch (text)
        {
            case null:
                return raw.sqlite3_bind_null(_statement, index);
            case "":
                // An empty span has no address, and would be bound as null.
                return raw.sqlite3_bind_text(_statement, index, "");
            default:
                int size = Encoding.UTF8.GetMaxByteCount(text.Length);
                if (_buffer.Length < size)
                {
                    ArrayPool<byte>.Shared.Return(_buffer);
                    _buffer = ArrayPool<byte>.Shared.Rent(size);
                }

                return raw.sqlite3_bind_text(_statement, index, _buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, _buffer)));
        }
    }

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _database);
}
