using System.Runtime.InteropServices;
using System.Text;

namespace VmObs.Sql;

/// <summary>What is used of DuckDB's C API; the library is loaded with the first call. Source: duckdb.h.</summary>
internal static unsafe partial class DuckDbLibrary
{
    public const int Success = 0;

    private const string Library = "duckdb";
    private const int StringBytes = 16, InlinedBytes = 12;

    [LibraryImport(Library, EntryPoint = "duckdb_open_ext", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, out nint database, nint config, out nint error);

    [LibraryImport(Library, EntryPoint = "duckdb_connect")]
    public static partial int Connect(nint database, out nint connection);

    [LibraryImport(Library, EntryPoint = "duckdb_query", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Query(nint connection, string sql, out Result result);

    [LibraryImport(Library, EntryPoint = "duckdb_prepare", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Prepare(nint connection, string sql, out nint statement);

    [LibraryImport(Library, EntryPoint = "duckdb_prepare_error")]
    public static partial nint PrepareError(nint statement);

    [LibraryImport(Library, EntryPoint = "duckdb_execute_prepared_streaming")]
    public static partial int ExecuteStreaming(nint statement, out Result result);

    [LibraryImport(Library, EntryPoint = "duckdb_result_error")]
    public static partial nint ResultError(ref Result result);

    [LibraryImport(Library, EntryPoint = "duckdb_fetch_chunk")]
    public static partial nint FetchChunk(Result result);

    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_get_size")]
    public static partial ulong ChunkRows(nint chunk);

    [LibraryImport(Library, EntryPoint = "duckdb_interrupt")]
    public static partial void Interrupt(nint connection);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_data_chunk")]
    public static partial void DestroyChunk(ref nint chunk);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_result")]
    public static partial void DestroyResult(ref Result result);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_prepare")]
    public static partial void DestroyPrepared(ref nint statement);

    [LibraryImport(Library, EntryPoint = "duckdb_disconnect")]
    public static partial void Disconnect(ref nint connection);

    [LibraryImport(Library, EntryPoint = "duckdb_close")]
    public static partial void Close(ref nint database);

    /// <summary>A message of the library's; it stays the library's.</summary>
    public static string Message(nint text) => Marshal.PtrToStringUTF8(text) ?? "DuckDB says nothing of why";

    /// <summary>A text of the chunk's first column, none of which is null.</summary>
    public static string Text(nint chunk, int row)
    {
        // duckdb_string_t: u32 length, then up to 12 bytes, or 4 bytes of prefix and a pointer to all of them.
        var text = (byte*)VectorData(ChunkVector(chunk, 0)) + ((long)row * StringBytes);
        var length = *(int*)text;
        return Encoding.UTF8.GetString(length <= InlinedBytes ? text + sizeof(int) : *(byte**)(text + (2 * sizeof(int))), length);
    }

    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_get_vector")]
    private static partial nint ChunkVector(nint chunk, ulong column);

    [LibraryImport(Library, EntryPoint = "duckdb_vector_get_data")]
    private static partial nint VectorData(nint vector);

    /// <summary>duckdb_result, whose members are the library's own.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Result
    {
        private readonly nint _columnCount, _rowCount, _rowsChanged, _columns, _error, _internal;
    }
}
