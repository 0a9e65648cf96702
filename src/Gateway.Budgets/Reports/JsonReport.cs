using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Budgets.Reports;

/// <summary>Reports as one JSON object. Money is a number with all its digits, up to 9 behind the point.</summary>
public static class JsonReport
{
    private const int FlushAfter = 64 * 1024;

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(ReportTable report, TextWriter output, CancellationToken cancellationToken = default)
    {
        var buffer = new ArrayBufferWriter<byte>();
        await using var json = new Utf8JsonWriter(buffer, Readable);
        json.WriteStartObject();
        json.WriteString("report", report.Name);
        foreach (var fact in report.Facts)
        {
            json.WritePropertyName(fact.Name);
            WriteValue(json, fact.Value, fact.Kind);
        }

        json.WriteStartArray("rows");
        await foreach (var row in report.Rows.WithCancellation(cancellationToken))
        {
            WriteRow(json, report, row);
            if (json.BytesPending > FlushAfter)
            {
                await FlushAsync();
            }
        }

        json.WriteEndArray();
        if (report.Total is { } total)
        {
            json.WritePropertyName("total");
            WriteRow(json, report, total, leaveOutNulls: true);
        }

        json.WriteStartArray("notes");
        foreach (string note in report.Notes)
        {
            json.WriteStringValue(note);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await FlushAsync();
        await output.WriteAsync("\n".AsMemory(), cancellationToken);

        async Task FlushAsync()
        {
            // Whole values, and so whole characters.
            json.Flush();
            await output.WriteAsync(Encoding.UTF8.GetString(buffer.WrittenSpan).AsMemory(), cancellationToken);
            buffer.ResetWrittenCount();
        }
    }

    private static void WriteRow(Utf8JsonWriter json, ReportTable report, IReadOnlyList<object?> row, bool leaveOutNulls = false)
    {
        json.WriteStartObject();
        for (int i = 0; i < report.Columns.Length; i++)
        {
            if (row[i] is not null || !leaveOutNulls)
            {
                json.WritePropertyName(report.Columns[i].Name);
                WriteValue(json, row[i], report.Columns[i].Kind);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value, ReportKind kind)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text when kind == ReportKind.Json:
                json.WriteRawValue(text);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case long nanos when kind == ReportKind.Money:
                json.WriteRawValue(Usd.Exact(nanos));
                break;
            case long count:
                json.WriteNumberValue(count);
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case decimal number:
                json.WriteNumberValue(number);
                break;
            case DateTimeOffset time:
                json.WriteStringValue(ReportTime.Text(time));
                break;
            default:
                throw new InvalidOperationException($"A report cannot hold {value.GetType().Name}.");
        }
    }
}
