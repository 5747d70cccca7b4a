using System.Runtime.CompilerServices;

namespace VmObs.Sql;

/// <summary>A database in memory that may read one folder and write nothing. Whoever opens it disposes it.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class DuckDbSession : IDisposable
{
    private nint _database;
    private nint _connection;

    /// <summary>Opens a database.</summary>
    /// <exception cref="DllNotFoundException">DuckDB's library does not lie beside the program.</exception>
    public DuckDbSession()
    {
        if (DuckDbLibrary.Open(":memory:", out _database, 0, out var error) != DuckDbLibrary.Success)
            throw new SqlException(DuckDbLibrary.Message(error));
        if (DuckDbLibrary.Connect(_database, out _connection) != DuckDbLibrary.Success)
            throw new SqlException("DuckDB gave no connection");
    }

    /// <summary>A text as SQL spells it.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A name as SQL spells it.</summary>
    public static string QuoteName(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>From now on files outside of the folder are out of reach, and so is the network.</summary>
    public void Confine(string folder)
    {
        Execute($"SET allowed_directories = [{Quote(folder)}]");
        // What does not fit memory ends the statement: nothing is written anywhere.
        Execute("SET temp_directory = ''");
        Execute("SET autoinstall_known_extensions = false");
        Execute("SET enable_external_access = false");
        Execute("SET lock_configuration = true");
    }

    /// <summary>Runs a statement of our own.</summary>
    /// <exception cref="SqlException">It cannot be run.</exception>
    public void Execute(string sql)
    {
        var state = DuckDbLibrary.Query(_connection, sql, out var result);
        try
        {
            if (state != DuckDbLibrary.Success)
                throw new SqlException(DuckDbLibrary.Message(DuckDbLibrary.ResultError(ref result)));
        }
        finally
        {
            DuckDbLibrary.DestroyResult(ref result);
        }
    }

    /// <summary>The rows of one statement of a single column of texts, as they come.</summary>
    /// <exception cref="SqlException">It cannot be run, or is more than one.</exception>
    public async IAsyncEnumerable<string> TextsAsync(string sql, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var interruption = cancellationToken.Register(() => DuckDbLibrary.Interrupt(_connection));
        // Preparing takes one statement alone.
        var prepared = DuckDbLibrary.Prepare(_connection, sql, out var statement) == DuckDbLibrary.Success;
        try
        {
            if (!prepared)
                throw new SqlException(DuckDbLibrary.Message(DuckDbLibrary.PrepareError(statement)));
            var (state, result) = await Task.Run(() => (DuckDbLibrary.ExecuteStreaming(statement, out var executed), executed), CancellationToken.None);
            try
            {
                if (state != DuckDbLibrary.Success)
                    throw new SqlException(DuckDbLibrary.Message(DuckDbLibrary.ResultError(ref result)));
                for (nint chunk; (chunk = DuckDbLibrary.FetchChunk(result)) != 0; DuckDbLibrary.DestroyChunk(ref chunk))
                {
                    var rows = (int)DuckDbLibrary.ChunkRows(chunk);
                    for (var row = 0; row < rows; row++)
                        yield return DuckDbLibrary.Text(chunk, row);
                }
                // A stream that broke ends as one that has given all.
                if (DuckDbLibrary.ResultError(ref result) is not 0 and var broken && DuckDbLibrary.Message(broken) is { Length: > 0 } error)
                    throw new SqlException(error);
            }
            finally
            {
                DuckDbLibrary.DestroyResult(ref result);
            }
        }
        finally
        {
            DuckDbLibrary.DestroyPrepared(ref statement);
        }
    }

    public void Dispose()
    {
        DuckDbLibrary.Disconnect(ref _connection);
        DuckDbLibrary.Close(ref _database);
    }
}
