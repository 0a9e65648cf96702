using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace Gateway.Benchmarks.Endurance;

/// <summary>Has a .NET process collect its garbage, all generations of it, as memory profilers do: by the runtime's diagnostic port.</summary>
internal static class FullCollection
{
    // Of the provider Microsoft-Windows-DotNETRuntime: whoever asks for it gets a full collection first.
    private const long GcHeapCollect = 0x80_0000;

    public static async Task RunAsync(int process)
    {
        using var session = new DiagnosticsClient(process).StartEventPipeSession(
            [new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, GcHeapCollect)], requestRundown: false, circularBufferMB: 1);
        var events = session.EventStream.CopyToAsync(Stream.Null);
        await session.StopAsync(CancellationToken.None);
        await events;
    }
}
