using System.Diagnostics;
using Gateway.Benchmarks;
using Gateway.Benchmarks.Endurance;

// dotnet run -c Release --project benchmarks/endurance
//
// Two hundred streams of mixed lengths through the whole gateway with the engine in it, for five minutes, on a KV cache that they do not all fit
// into. Every answer must be the one that its request got alone, no cache block may be lost, and the memory of the process must stay as it is.
//
// Memory is judged twice. What is left when nobody is served and all garbage is collected is the same before and after: so nothing leaks. And under
// load the last fifth of the time reaches no new heights. Between the two lies what the collector chooses to leave for later; in the first minutes it
// still finds its measure, and how far it has come by then depends on how much the machine does beside it.
const double MostGrowth = 1.1;
const double MiB = 1 << 20;
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
    $"Engine:ModelPath={Path.GetFullPath(options.Model)}", "Engine:KvCacheTokens=1600", "Engine:MaxStepTokens=128", "Engine:MaxPrefillChunk=32", "Logging:LogLevel:Default=Warning",
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

Console.WriteLine($"{Question.All.Count} requests answered alone. {options.Streams} streams for {options.WarmUp.TotalMinutes} minutes, and then for {options.Duration.TotalMinutes}:");
var load = new Load(client, alone);
await RunAsync(options.WarmUp);
var before = await IdleMemory.ReadAsync(gateway, client);
var underLoad = (await RunAsync(options.Duration)).Fifths();
var idle = Stopwatch.StartNew();
Gauges gauges;
while (!(gauges = new Gauges(await client.MetricsAsync())).IsIdle && idle.Elapsed < TimeSpan.FromSeconds(30))
{
    await Task.Delay(200);
}

var after = await IdleMemory.ReadAsync(gateway, client);
var isFlat = after.IsWithin(MostGrowth, before) && underLoad[4] <= underLoad.Take(4).Max() * MostGrowth;
Console.WriteLine($"answers {load.Answers}, left in the middle {load.Left}, other than alone {load.Wrong}");
Console.WriteLine($"preemptions {gauges.Engine("preemptions_total")}, tokens generated {gauges.Engine("tokens_generated_total")}, tokens of prompts computed {gauges.Engine("tokens_computed_total")}");
Console.WriteLine($"blocks {gauges.Engine("kv_blocks")}, given back {gauges.Engine("kv_blocks_free") + gauges.Engine("kv_blocks_cached")}");
Console.WriteLine($"idle and collected, before: {before}");
Console.WriteLine($"idle and collected, after:  {after}");
Console.WriteLine($"resident set under load, by fifths of the time: {string.Join(", ", underLoad.Select(mean => mean.ToString("F0")))} MiB");
Console.WriteLine(load.Wrong == 0 && gauges.IsIdle && isFlat ? "passed" : "FAILED");
return load.Wrong == 0 && gauges.IsIdle && isFlat ? 0 : 1;

async Task<ResidentSet> RunAsync(TimeSpan duration)
{
    var (running, resident, sinceReport) = (load.RunAsync(options.Streams, duration), new ResidentSet(), Stopwatch.StartNew());
    do
    {
        await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(2)));
        resident.Add(gateway.ResidentBytes);
        if (sinceReport.Elapsed > TimeSpan.FromSeconds(30))
        {
            sinceReport.Restart();
            Console.WriteLine($"  {load.Answers} answers, {load.Left} left, {load.Wrong} wrong, resident set {gateway.ResidentBytes / MiB:F0} MiB");
        }
    }
    while (!running.IsCompleted);

    await running;
    return resident;
}
