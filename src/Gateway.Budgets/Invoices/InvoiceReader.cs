using System.Globalization;
using CsvHelper;
using Gateway.Budgets.Reports;

namespace Gateway.Budgets.Invoices;

/// <summary>Reads the usage exports of providers.</summary>
public static class InvoiceReader
{
    private const int MaxRecordBytes = 1 << 20;

    private static readonly CsvReaderOptions Options = new()
    {
        TrackLineNumbers = true,
        MalformedData = CsvMalformedDataHandling.Throw,
        FieldCountMismatch = CsvFieldCountHandling.Throw,
        MaxRecordSize = MaxRecordBytes,
    };

    /// <param name="path">A CSV file, in UTF-8 or with a byte order mark.</param>
    /// <param name="rate">US dollars for one unit of the file's currency, where that is another, or is not said.</param>
    /// <exception cref="ReportException">It cannot be read. The message names the line.</exception>
    public static async Task<Invoice> ReadAsync(string path, decimal? rate, CancellationToken cancellationToken = default)
    {
        string file = Path.GetFileName(path);
        try
        {
            await using var stream = File.OpenRead(path);
            return await ReadAsync(stream, file, rate, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ReportException("invoice", $"{path} cannot be opened: {exception.Message}");
        }
    }

    /// <inheritdoc cref="ReadAsync(string, decimal?, CancellationToken)"/>
    /// <param name="stream">The file's content.</param>
    /// <param name="file">Its name, for messages.</param>
    public static async Task<Invoice> ReadAsync(Stream stream, string file, decimal? rate, CancellationToken cancellationToken = default)
    {
        await using var reader = CsvReader.Create(stream, Options, leaveOpen: true);
        try
        {
            await reader.ReadHeaderAsync(cancellationToken);
            var format = Detect(file, reader);
            var row = new InvoiceRow(file, reader, rate);
            List<InvoiceLine> lines = [];
            while (await reader.ReadAsync(cancellationToken))
            {
                if (format.Read(row) is not { } line)
                {
                    continue;
                }

                lines.Add(line.Start < line.End
                    ? line
                    : throw new ReportException("invoice", $"{file}:{Number(reader.LineNumber)}: the row ends before it begins."));
            }

            return new Invoice(file, format, lines);
        }
        catch (CsvFormatException exception)
        {
            throw new ReportException("invoice", $"{file}: record {Number(exception.RecordNumber)} is no CSV: {exception.Message}");
        }
    }

    private static InvoiceFormat Detect(string file, CsvReader reader) =>
        InvoiceFormat.All.Where(format => format.Columns.All(column => reader.TryGetFieldIndex(column, out _))).MaxBy(format => format.Columns.Length)
        ?? throw new ReportException(
            "invoice",
            $"{file}:1: no export of a known provider has these columns. Known are "
            + string.Join("; ", InvoiceFormat.All.Select(format => $"{format.Name} ({string.Join(", ", format.Columns)})")) + ".");

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
