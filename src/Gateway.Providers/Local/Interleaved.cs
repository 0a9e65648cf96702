using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Gateway.Providers.Local;

/// <summary>Several sequences as one: each item as soon as it is there, those of one source in their order.</summary>
internal static class Interleaved
{
    private const int MaxHeldItems = 64;

    /// <param name="count">Number of sources.</param>
    /// <param name="open">Opens a source, by its number from 0.</param>
    /// <param name="most">Most sources that are open at the same time; further ones are opened as others end.</param>
    /// <param name="cancellationToken">Ends all of them; so do the failure of one and the end of the enumeration.</param>
    public static async IAsyncEnumerable<(int Source, T Item)> MergeAsync<T>(
        int count,
        Func<int, CancellationToken, IAsyncEnumerable<T>> open,
        int most,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (count == 1)
        {
            // Nothing to interleave: an item needs no detour.
            await foreach (var item in open(0, cancellationToken).ConfigureAwait(false))
            {
                yield return (0, item);
            }

            yield break;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var items = Channel.CreateBounded<(int, T)>(new BoundedChannelOptions(MaxHeldItems) { SingleReader = true });
        var pumps = PumpAsync(count, open, most, items.Writer, over.Token);
        try
        {
            await foreach (var item in items.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return item;
            }
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await pumps.ConfigureAwait(false);
        }
    }

    /// <summary>Fails in nothing: whatever goes wrong reaches the reader through the channel.</summary>
    private static async Task PumpAsync<T>(
        int count, Func<int, CancellationToken, IAsyncEnumerable<T>> open, int most, ChannelWriter<(int, T)> items, CancellationToken cancellationToken)
    {
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = most, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(Enumerable.Range(0, count), options, async (source, token) =>
            {
                await foreach (var item in open(source, token).ConfigureAwait(false))
                {
                    await items.WriteAsync((source, item), token).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
            items.Complete();
        }
        catch (Exception exception)
        {
            items.Complete(exception);
        }
    }
}
