using System.Diagnostics;
using Gateway.Benchmarks;
using Gateway.Benchmarks.Endurance;

// dotnet run -c Release --project benchmarks/endurance
//
// Two hundred streams of mixed lengths through the whole gateway with the engine in it, for five minutes, on a KV cache that they do not all fit
// into. Every answer must be the one that its request got alone, no cache block may be lost, and the memory of the process must stay as it is.
const double MostGrowth = 1.1;
EnduranceOptions options;
try
{
    options = EnduranceOptions.Parse(args);
}
catch (FormatException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n{EnduranceOptions.Usage}");
    return 2;
}

await using var gateway = await GatewayUnderLoad.StartAsync(
    new Dictionary<string, string>
    {
        ["providers.yaml"] = "providers: { local: { dialect: local, models: { m: { contextWindow: 4096, prices: { input: 0, output: 0 } } } } }",
        ["routes.yaml"] = "routes: { auto: { candidates: [ local/m ] } }",
        ["failover.yaml"] = "defaults: { totalSeconds: 600, limits: { firstTokenSeconds: 300, betweenTokensSeconds: 300 } }",
    },
    $"Engine:ModelPath={Path.GetFullPath(options.Model)}", "Engine:KvCacheTokens=3000", "Engine:MaxStepTokens=128", "Engine:MaxPrefillChunk=32", "Logging:LogLevel:Default=Warning",
    "Logging:LogLevel:Microsoft.Hosting.Lifetime=Information");
using var client = new StreamClient(gateway.Url);
for (var patience = Stopwatch.StartNew(); !await client.IsReadyAsync();)
{
    if (patience.Elapsed > TimeSpan.FromMinutes(5))
    {
        throw new TimeoutException("The gateway is not ready after five minutes.");
    }

    await Task.Delay(200);
}

var alone = new Dictionary<Question, string>();
foreach (var question in Question.All)
{
    alone[question] = await client.AskAsync(question);
}

Console.WriteLine($"{Question.All.Count} requests answered alone. {options.Streams} streams for {options.Duration.TotalMinutes} minutes:");
var load = new Load(client, alone);
var running = load.RunAsync(options.Streams, options.Duration);
List<long> resident = [];
var sinceReport = Stopwatch.StartNew();
while (!running.IsCompleted)
{
    await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(2)));
    resident.Add(gateway.ResidentBytes);
    if (sinceReport.Elapsed > TimeSpan.FromSeconds(30))
    {
        sinceReport.Restart();
        Console.WriteLine($"  {load.Answers} answers, {load.Left} left, {load.Wrong} wrong, resident set {resident[^1] >> 20} MiB");
    }
}

await running;
var idle = Stopwatch.StartNew();
EngineGauges gauges;
while (!(gauges = new EngineGauges(await client.MetricsAsync())).IsIdle && idle.Elapsed < TimeSpan.FromSeconds(30))
{
    await Task.Delay(200);
}

// The first fifth warms up: code is compiled, pools fill.
var fifth = Math.Max(1, resident.Count / 5);
var (early, late) = (resident.Skip(fifth).Take(fifth).DefaultIfEmpty(resident[^1]).Average(), resident.TakeLast(fifth).Average());
var isFlat = late <= early * MostGrowth;
Console.WriteLine($"answers {load.Answers}, left in the middle {load.Left}, other than alone {load.Wrong}");
Console.WriteLine($"preemptions {gauges["preemptions_total"]}, tokens generated {gauges["tokens_generated_total"]}, computed {gauges["tokens_computed_total"]}");
Console.WriteLine($"blocks {gauges["kv_blocks"]}, given back {gauges["kv_blocks_free"]}");
Console.WriteLine($"resident set: {early / (1 << 20):F0} MiB in the second fifth of the time, {late / (1 << 20):F0} MiB in the last");
Console.WriteLine(load.Wrong == 0 && gauges.IsIdle && isFlat ? "passed" : "FAILED");
return load.Wrong == 0 && gauges.IsIdle && isFlat ? 0 : 1;
