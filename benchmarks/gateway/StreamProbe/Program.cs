using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Benchmarks.StreamProbe;
using Microsoft.AspNetCore.Builder;

// Streams through every target from an upstream that this process serves, and reports when events arrive. The upstream is
// part of the probe because both ends must read the same clock.
ProbeOptions options;
try
{
    options = ProbeOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"{e.Message}\n{ProbeOptions.Usage}");
    return 1;
}

var provider = new StreamingUpstream(TimeProvider.System, options.Events, options.Gap);
await using WebApplication server = await provider.StartAsync(options.Listen);
using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
var client = new StreamClient(http, TimeProvider.System, options.Events);
var samples = options.Targets.ToDictionary(target => target.Name, _ => new ConcurrentBag<StreamSample>());

try
{
    // The round before the first warms up connections and JIT and is not counted.
    for (int round = -1; round < options.Rounds; round++)
    {
        foreach ((string name, Uri url) in options.Targets)
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, options.Streams),
                new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency },
                async (_, _) =>
                {
                    StreamSample sample = await client.RunAsync(url);
                    if (round >= 0)
                    {
                        samples[name].Add(sample);
                    }
                });
        }
    }
}
catch (Exception e) when (e is InvalidOperationException or HttpRequestException or IOException)
{
    Console.Error.WriteLine($"A stream failed: {e.Message}");
    return 1;
}

TargetReport[] reports = [.. options.Targets.Select(target => TargetReport.From(target.Name, samples[target.Name]))];
TargetReport baseline = reports[0];
Console.WriteLine("Milliseconds; added = more than the first line has.");
Console.WriteLine(
    $"{"stream",-10}{"first token p50",17}{"p99",9}{"added p50",11}{"added p99",11}{"event p50",11}{"p99",9}{"added p50",11}");
foreach (TargetReport report in reports)
{
    Console.WriteLine(
        $"{report.Target,-10}{report.FirstTokenP50,17:F3}{report.FirstTokenP99,9:F3}"
        + $"{report.FirstTokenP50 - baseline.FirstTokenP50,11:F3}{report.FirstTokenP99 - baseline.FirstTokenP99,11:F3}"
        + $"{report.EventDelayP50,11:F3}{report.EventDelayP99,9:F3}{report.EventDelayP50 - baseline.EventDelayP50,11:F3}");
}

var format = new JsonSerializerOptions { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
await File.WriteAllTextAsync(options.Output, JsonSerializer.Serialize(reports, format));
return 0;
