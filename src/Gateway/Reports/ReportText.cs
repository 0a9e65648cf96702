using System.Globalization;
using Gateway.Budgets.Reports;
using Spectre.Console;

namespace Gateway.Reports;

/// <summary>Reports as tables for people: money to the cent, counts with separators.</summary>
internal static class ReportText
{
    /// <summary>Wide enough that no table is folded; a terminal wraps it, a file keeps it.</summary>
    private const int Width = 400;

    private const string Nothing = "(none)";

    public static async Task WriteAsync(ReportTable report, TextWriter output, CancellationToken cancellationToken = default)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = Width;
        foreach (var fact in report.Facts)
        {
            await output.WriteLineAsync($"{fact.Name.Replace('_', ' ')}: {Cell(fact.Value, fact.Kind)}");
        }

        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in report.Columns)
        {
            table.AddColumn(new TableColumn(new Text(Heading(column))) { Alignment = IsNumber(column.Kind) ? Justify.Right : Justify.Left, NoWrap = true });
        }

        await foreach (var row in report.Rows.WithCancellation(cancellationToken))
        {
            table.AddRow(row.Select((value, index) => new Text(Cell(value, report.Columns[index].Kind))));
        }

        if (report.Total is { } total)
        {
            table.AddRow(total.Select((value, index) => new Text(index == 0 ? "total" : value is null ? "" : Cell(value, report.Columns[index].Kind))));
        }

        console.Write(table);
        foreach (string note in report.Notes)
        {
            await output.WriteLineAsync(note);
        }
    }

    private static string Heading(ReportColumn column) => column.Kind == ReportKind.Money && column.Name.EndsWith("_usd", StringComparison.Ordinal)
        ? column.Name[..^"_usd".Length].Replace('_', ' ') + " USD"
        : column.Name.Replace('_', ' ');

    private static bool IsNumber(ReportKind kind) => kind is ReportKind.Count or ReportKind.Money or ReportKind.Number;

    private static string Cell(object? value, ReportKind kind) => value switch
    {
        null => IsNumber(kind) ? "" : Nothing,
        string text => Harmless(text),
        long nanos when kind == ReportKind.Money => Usd.Cents(nanos),
        long count => count.ToString("#,##0", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException($"A report cannot hold {value.GetType().Name}."),
    };

    /// <summary>Without control characters, by which a name could move the cursor of a terminal.</summary>
    private static string Harmless(string text) =>
        text.Length == 0 ? Nothing : string.Concat(text.Select(character => char.IsControl(character) ? '\ufffd' : character));
}
