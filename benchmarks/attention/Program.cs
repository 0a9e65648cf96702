using Gateway.Benchmarks.Attention;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.KvCache;

// Usage: AttentionBench [handover|prefill|decode] ...; all of them without arguments.
string[] parts = args.Length > 0 ? args : ["handover", "prefill", "decode"];
var threads = Environment.ProcessorCount;
double ceiling;
using (var team = new CpuTeam(threads))
{
    ceiling = Ceiling.Measure(team);
    Console.WriteLine($"{threads} threads; ceiling: {2 * ceiling / 1e9:F0} GFLOP/s float32 in registers");
    if (parts.Contains("handover"))
    {
        HandOver.Report(team);
    }
}

foreach (var type in Enum.GetValues<KvCacheType>())
{
    if (parts.Contains("prefill"))
    {
        Prefill(type);
    }

    if (parts.Contains("decode"))
    {
        Decode(type);
    }
}

void Prefill(KvCacheType type)
{
    const int Chunk = 512;
    using var layer = new LatentLayer(new CpuTeam(threads), Chunk, 1, 4096, type);
    Console.WriteLine($"prefill, {type}, chunks of {Chunk}: one layer");
    Console.WriteLine("| context | ms | ms per token, 27 layers | GFLOP/s | of the ceiling | expanded form at the ceiling, ms |");
    for (var context = Chunk; context <= 4096; context *= 2)
    {
        var contexts = Chunk * (context - (Chunk / 2.0) + 0.5);
        var seconds = layer.Prefill(Chunk, context);
        var work = LatentLayer.MultiplyAdds(Chunk, contexts);
        var expanded = LatentLayer.ExpandedMultiplyAdds(context, contexts) / ceiling;
        Console.WriteLine(
            $"| {context} | {seconds * 1e3:F1} | {seconds * 27e3 / Chunk:F2} | {2 * work / seconds / 1e9:F0} | {work / seconds / ceiling:P0} | {expanded * 1e3:F1} |");
    }
}

void Decode(KvCacheType type)
{
    const int Sequences = 8;
    using var layer = new LatentLayer(new CpuTeam(threads), 256, Sequences, 4096, type);
    foreach (var sequences in new[] { 1, Sequences })
    {
        Console.WriteLine($"decode, {type}, {sequences} sequences: one layer");
        Console.WriteLine("| context | us | ms per step, 27 layers | GFLOP/s | of the ceiling | cache GB/s |");
        for (var context = 128; context <= 4096; context *= 2)
        {
            var seconds = layer.Decode(sequences, context);
            var work = LatentLayer.MultiplyAdds(sequences, (double)sequences * context);
            var bytes = (double)sequences * context * 576 * PagedCache.BytesPerValue(type);
            Console.WriteLine(
                $"| {context} | {seconds * 1e6:F0} | {seconds * 27e3:F2} | {2 * work / seconds / 1e9:F0} | {work / seconds / ceiling:P0} | {bytes / seconds / 1e9:F1} |");
        }
    }
}
