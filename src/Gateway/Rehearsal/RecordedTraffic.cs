using System.Text.Json;
using Gateway.Contracts.OpenAI;
using Gateway.Records;

namespace Gateway.Rehearsal;

/// <summary>The requests of a file of decision records.</summary>
/// <param name="Requests">In the order of their arrival; at least one.</param>
/// <param name="Skipped">Lines that are no records, each with the reason.</param>
internal sealed record RecordedTraffic(IReadOnlyList<ReplayedRequest> Requests, IReadOnlyList<string> Skipped)
{
    /// <exception cref="RehearsalException">The file cannot be read, or no line of it is a record.</exception>
    public static async Task<RecordedTraffic> ReadAsync(string path, CancellationToken cancellationToken)
    {
        List<(DecisionRecord Record, Routing.RequestProfile Profile)> records = [];
        List<string> skipped = [];
        try
        {
            var number = 0;
            await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
            {
                number++;
                if (!string.IsNullOrWhiteSpace(line))
                {
                    Read(line, $"{path}:{number}", records, skipped);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RehearsalException([$"error {path}: {exception.Message} Name a file of decision records: Gateway:RecordsPath makes one."]);
        }

        if (records.Count == 0)
        {
            throw new RehearsalException([.. skipped, $"error {path}: There is no decision record. Set Gateway:RecordsPath and let requests come."]);
        }

        var start = records.Min(entry => entry.Record.Time);
        var requests = records
            .OrderBy(entry => entry.Record.Time)
            .Select(entry => new ReplayedRequest(entry.Record, entry.Profile, BodyOf(entry.Record, entry.Profile.Choices), entry.Record.Time - start));
        return new RecordedTraffic([.. requests], skipped);
    }

    private static void Read(string line, string place, List<(DecisionRecord, Routing.RequestProfile)> records, List<string> skipped)
    {
        try
        {
            var record = JsonSerializer.Deserialize(line, RecordsJson.Default.DecisionRecord) ?? throw new FormatException("there is no object");
            records.Add((record, (record.Profile ?? throw new FormatException("profile is missing")).ToProfile()));
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            skipped.Add($"skipped {place}: {exception.Message}");
        }
    }

    private static OpenAIRequest BodyOf(DecisionRecord record, int choices)
    {
        var endpoint = RecordNames.Find<OpenAIEndpoint>(record.Endpoint) ?? OpenAIEndpoint.ChatCompletions;
        var json = JsonSerializer.SerializeToUtf8Bytes(endpoint switch
        {
            OpenAIEndpoint.Completions => new { model = record.Route, stream = record.Stream, n = choices, prompt = "?" },
            OpenAIEndpoint.Embeddings => new { model = record.Route, input = "?" },
            _ => (object)new { model = record.Route, stream = record.Stream, n = choices, messages = new[] { new { role = "user", content = "?" } } },
        });
        return OpenAIRequestReader.Read(endpoint, json);
    }
}
