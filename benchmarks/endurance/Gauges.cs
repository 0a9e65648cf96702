using System.Globalization;

namespace Gateway.Benchmarks.Endurance;

/// <summary>What <c>/metrics</c> says.</summary>
internal sealed class Gauges(string exposition)
{
    /// <summary>The first series of a metric.</summary>
    /// <exception cref="InvalidOperationException">There is no such metric.</exception>
    public double this[string name] => exposition.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is '{' or ' ')
        .Select(line => double.Parse(line[(line.LastIndexOf('}') is var labels and >= 0 ? labels + 1 : name.Length)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture))
        .Cast<double?>()
        .FirstOrDefault() ?? throw new InvalidOperationException($"/metrics has no {name}.");

    /// <summary>Whether nobody is served, and every block of the engine's cache is given back: it may still be found by its content, but is nobody's.</summary>
    public bool IsIdle => Engine("running") == 0 && Engine("waiting") == 0 && Engine("kv_blocks_held") == 0
        && Engine("kv_blocks_free") + Engine("kv_blocks_cached") == Engine("kv_blocks");

    public double Engine(string name) => this["gateway_engine_" + name];
}
