using System.Collections.Concurrent;
using VmObs.Storage.Embedded.Verify;

namespace VmObs.Verification;

/// <summary>Verifies sealed files on all processors; what is found comes in the order of the files, whichever thread finds it.</summary>
/// <remarks>
/// The disk is read once: where bytes are enough, all files in their order, part by part (<see cref="FileHashes"/>); where records are read, each file
/// for its hash and then, out of the page cache, for its records. A file whose bytes are not what was sealed is read for the place as well.
/// </remarks>
/// <param name="dataFolder">Absolute path.</param>
/// <param name="depth">How much is read.</param>
/// <param name="journal">Takes the files' records as well; null without it.</param>
/// <param name="progress">Told what is done.</param>
internal sealed class SealedFileVerifier(string dataFolder, VerificationDepth depth, JournalComparison? journal, VerificationProgress progress)
{
    /// <summary>Verifies.</summary>
    /// <param name="files">The files, with their receipts and the last receipts of what expired of them.</param>
    /// <param name="live">Whether an engine is at work.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What each file came to, in their order.</returns>
    public IReadOnlyList<HourVerifier> Run(IReadOnlyList<ReceiptedFile> files, bool live, CancellationToken cancellationToken)
    {
        var lengths = files.Select(Length).ToArray();
        progress.Begin("sealed files", lengths.Sum());
        var hours = files.Select(file => new HourVerifier(dataFolder, file.Path, file.Receipt, depth, journal)).ToArray();
        var left = Enumerable.Range(0, files.Count).ToList();
        if (depth == VerificationDepth.Bytes)
        {
            var whole = left.Where(i => files[i].Retention is null && HourFolder.IsHourFile(files[i].Path)).ToList();
            var hashes = FileHashes.Of([.. whole.Select(i => Path.Combine(dataFolder, files[i].Path))], progress.Add, cancellationToken);
            var right = whole.Where((i, at) => hours[i].Accept(hashes[at])).ToHashSet();
            left.RemoveAll(right.Contains);
        }
        // The largest first, so that no processor is left with one at the end.
        var largest = left.OrderByDescending(i => lengths[i]).ToList();
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.ForEach(Partitioner.Create(largest, EnumerablePartitionerOptions.NoBuffering), options, i =>
        {
            hours[i].Run(files[i].Retention, live);
            if (depth != VerificationDepth.Bytes || files[i].Retention is not null)
                progress.Add(lengths[i]);
        });
        return hours;
    }

    private long Length(ReceiptedFile file)
    {
        var found = new FileInfo(Path.Combine(dataFolder, file.Path));
        return HourFolder.IsHourFile(file.Path) && found.Exists ? found.Length : 0;
    }
}
