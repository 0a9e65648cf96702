using System.Collections.Concurrent;
using Gateway.Routing;

namespace Gateway.Spending;

/// <summary>
/// How long the answers of a route to each kind of task were in this process: the tokens that 95 % of them stay below, over the last 512.
/// Safe for concurrent use.
/// </summary>
public sealed class OutputLengths
{
    /// <summary>With fewer the quantile would be no more than the longest of them.</summary>
    public const int FewestAnswers = 20;

    private const int Kept = 512;
    private const double Quantile = 0.95;

    /// <summary>Answers after which the quantile is worked out anew: an eighth of all that are kept, at first more often.</summary>
    private const int Stride = Kept / 8;
    private const int FirstStride = 16;

    private readonly ConcurrentDictionary<(string Route, TaskKind Task), Lengths> _lengths = new();

    /// <param name="tokens">Of one choice.</param>
    public void Add(string route, TaskKind task, long tokens) => _lengths.GetOrAdd((route, task), static _ => new Lengths()).Add(tokens);

    /// <summary>Of one choice; null while too few answers were seen.</summary>
    public long? Most(string route, TaskKind task) => _lengths.TryGetValue((route, task), out var lengths) ? lengths.Most : null;

    private sealed class Lengths
    {
        private readonly Lock _lock = new();
        private readonly long[] _ring = new long[Kept];
        private long _count;
        private long _most = -1;

        public long? Most => Volatile.Read(ref _most) is >= 0 and var most ? most : null;

        public void Add(long tokens)
        {
            lock (_lock)
            {
                _ring[_count++ % Kept] = tokens;
                if (_count >= FewestAnswers && (_most < 0 || _count % (_count < Kept ? FirstStride : Stride) == 0))
                {
                    var sorted = _ring[..(int)Math.Min(_count, Kept)];
                    Array.Sort(sorted);
                    Volatile.Write(ref _most, sorted[(int)Math.Ceiling(sorted.Length * Quantile) - 1]);
                }
            }
        }
    }
}
