namespace VmObs.Storage.Embedded.Head;

/// <summary>Runs work of many milliseconds (sorting, compressing, writing) on a thread of its own: on the pool's few threads requests would wait for it.</summary>
internal static class OwnThread
{
    /// <summary>Runs the work.</summary>
    public static Task<T> RunAsync<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    /// <inheritdoc cref="RunAsync{T}"/>
    public static Task RunAsync(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
