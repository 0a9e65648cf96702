using System.Globalization;

namespace Gateway.Benchmarks.Endurance;

/// <summary>What <c>/metrics</c> says about the engine.</summary>
internal sealed class EngineGauges(string exposition)
{
    /// <exception cref="InvalidOperationException">There is no such metric.</exception>
    public double this[string name] => exposition.Split('\n')
        .Where(line => line.StartsWith($"gateway_engine_{name}{{", StringComparison.Ordinal))
        .Select(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture))
        .Cast<double?>()
        .FirstOrDefault() ?? throw new InvalidOperationException($"/metrics has no gateway_engine_{name}.");

    /// <summary>Whether nobody is served, and every block is given back.</summary>
    public bool IsIdle => this["running"] == 0 && this["waiting"] == 0 && this["kv_blocks_free"] == this["kv_blocks"];
}
