using CsvHelper;

namespace Gateway.Budgets.Reports;

/// <summary>
/// Reports as CSV (RFC 4180, UTF-8): one line of names, then rows. Money is exact. A total stands in no row, so that sums over the file come out
/// right. Texts that a spreadsheet would take for a formula get an apostrophe before them, as OWASP recommends against CSV injection.
/// </summary>
public static class CsvReport
{
    private static readonly CsvWriterOptions Options = new() { Injection = CsvInjection.Escape };

    public static async Task WriteAsync(ReportTable report, TextWriter output, CancellationToken cancellationToken = default)
    {
        await using var csv = CsvWriter.Create(output, Options, leaveOpen: true);
        foreach (var column in report.Columns)
        {
            csv.WriteField(column.Name);
        }

        await csv.EndRecordAsync(cancellationToken);
        await foreach (var row in report.Rows.WithCancellation(cancellationToken))
        {
            for (int i = 0; i < report.Columns.Length; i++)
            {
                WriteField(csv, row[i], report.Columns[i].Kind);
            }

            await csv.EndRecordAsync(cancellationToken);
        }
    }

    private static void WriteField(CsvWriter csv, object? value, ReportKind kind)
    {
        switch (value)
        {
            case null:
                csv.WriteField("");
                break;
            case string text:
                csv.WriteField(text);
                break;
            case long nanos when kind == ReportKind.Money:
                csv.WriteField(Usd.Dollars(nanos), Usd.ExactFormat);
                break;
            case long count:
                csv.WriteField(count, "");
                break;
            case double number:
                csv.WriteField(number, "");
                break;
            case decimal number:
                csv.WriteField(number, "");
                break;
            case DateTimeOffset time:
                csv.WriteField(ReportTime.Text(time));
                break;
            default:
                throw new InvalidOperationException($"A report cannot hold {value.GetType().Name}.");
        }
    }
}
