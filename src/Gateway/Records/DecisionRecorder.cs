using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Threading.Channels;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Pipeline;
using Gateway.Routing;

namespace Gateway.Records;

/// <summary>
/// Writes the records of requests to a file, behind their backs: a request never waits for the disk. What the disk cannot take is dropped
/// and counted. Does nothing when no file is set.
/// </summary>
public sealed partial class DecisionRecorder : BackgroundService
{
    /// <summary>Records that may wait for the disk: at most some tens of megabytes, since a profile may hold 40 KiB of text until it is written.</summary>
    private const int MaxWaiting = 2_000;

    private const int BatchBytes = 256 * 1024;

    private readonly RecordFile? _file;
    private readonly Channel<(DecisionRecord Record, RequestProfile Profile)> _waiting = Channel.CreateBounded<(DecisionRecord, RequestProfile)>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Counter<long> _dropped;
    private readonly ILogger<DecisionRecorder> _logger;
    private readonly TimeProvider _time;
    private bool _isBroken;

    /// <exception cref="Hosting.StartException">The file cannot be written.</exception>
    public DecisionRecorder(GatewayOptions options, GatewayMeter meter, TimeProvider time, ILogger<DecisionRecorder> logger)
    {
        (_time, _logger) = (time, logger);
        _dropped = meter.Counter<long>(MetricCatalogue.RecordsDropped);
        _dropped.Add(0);
        _file = string.IsNullOrWhiteSpace(options.RecordsPath) ? null : new RecordFile(options.RecordsPath);
        _file?.Check();
    }

    /// <summary>Takes a request that has ended. One that was refused before it was planned has nothing to record.</summary>
    public void Record(GatewayRequest request)
    {
        if (_file is not null && request is { Plan: { } plan, Body: not null } && !_waiting.Writer.TryWrite((DecisionRecord.Of(request, _time), plan.Profile)))
        {
            _dropped.Add(1);
        }
    }

    /// <summary>Writes what waits before the process ends.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        if (ExecuteTask is { } writing)
        {
            await writing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_file is null)
        {
            return;
        }

        LogWriting(_file.Path);
        var batch = new ArrayBufferWriter<byte>(BatchBytes);
        while (await _waiting.Reader.WaitToReadAsync(CancellationToken.None))
        {
            var records = 0;
            while (batch.WrittenCount < BatchBytes && _waiting.Reader.TryRead(out var next))
            {
                Write(batch, next.Record with { Profile = RecordedProfile.Of(next.Profile) });
                records++;
            }

            await AppendAsync(_file, batch.WrittenMemory, records);
            batch.ResetWrittenCount();
        }
    }

    private static void Write(ArrayBufferWriter<byte> batch, DecisionRecord record)
    {
        using (var writer = new Utf8JsonWriter(batch))
        {
            JsonSerializer.Serialize(writer, record, RecordsJson.Relaxed.DecisionRecord);
        }

        batch.Write("\n"u8);
    }

    private async ValueTask AppendAsync(RecordFile file, ReadOnlyMemory<byte> lines, int records)
    {
        try
        {
            await file.AppendAsync(lines);
            if (_isBroken)
            {
                _isBroken = false;
                LogMended(file.Path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _dropped.Add(records);
            if (!_isBroken)
            {
                _isBroken = true;
                LogBroken(file.Path, exception.Message);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Decision records are written to {Path}")]
    private partial void LogWriting(string path);

    [LoggerMessage(2, LogLevel.Error, "Decision records cannot be written to {Path} and are dropped: {Reason}")]
    private partial void LogBroken(string path, string reason);

    [LoggerMessage(3, LogLevel.Information, "Decision records are written to {Path} again")]
    private partial void LogMended(string path);
}
