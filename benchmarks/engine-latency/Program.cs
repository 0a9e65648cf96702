using Gateway.Benchmarks.EngineLatency;
using Gateway.Engine;

// dotnet run -c Release --project benchmarks/engine-latency -- [MODEL] [ROUNDS]
//
// Eight long prompts are queued, and short ones come while they are computed. Prints how long the short ones wait for their first token
// with prompts in chunks that take turns, with chunks but first come, first served, and with each prompt computed whole.
var model = args.Length > 0 ? args[0] : "models/demo";
var rounds = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 3;
var options = new EngineOptions { ModelPath = model, Device = ComputeDevice.Cpu, MaxStepTokens = 256 };
Arm[] arms =
[
    new("chunks of 32 in turn, 256 tokens per step", options with { MaxPrefillChunk = 32 }),
    new("chunks, first come, first served, 256 tokens per step", options with { MaxPrefillChunk = 256 }),
    new("no chunks: every prompt whole", options with { MaxStepTokens = Arm.LongPrompts * Arm.LongTokens, MaxPrefillChunk = Arm.LongTokens }),
];

// The round before the first warms up. Arms take turns, so that drift of the machine meets all alike.
for (var round = -1; round < rounds; round++)
{
    foreach (var arm in arms)
    {
        await arm.RunAsync(seed: round + 2, isCounted: round >= 0);
    }
}

Console.WriteLine($"{Arm.LongPrompts} prompts of {Arm.LongTokens} tokens queued, prompts of {Arm.ShortTokens} tokens meanwhile; first token in ms");
Console.WriteLine("| prompts | short ones | p50 | p90 | max | long ones: p50 | max |");
Console.WriteLine("|---|---|---|---|---|---|---|");
foreach (var arm in arms)
{
    Console.WriteLine($"| {arm.Name} | {arm.Short.Count} | {At(arm.Short, 0.5)} | {At(arm.Short, 0.9)} | {At(arm.Short, 1)} | {At(arm.Long, 0.5)} | {At(arm.Long, 1)} |");
}

// Nearest rank.
static string At(IReadOnlyList<TimeSpan> sorted, double share) =>
    sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)].TotalMilliseconds.ToString("F0", System.Globalization.CultureInfo.InvariantCulture);
