using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Gateway.Observability.Catalogue;

namespace Gateway.Observability.Aggregation;

/// <summary>Picks the label values of a series out of the tags of a measurement, on the stack.</summary>
internal static class LabelReader
{
    /// <summary>The most labels that a metric may have.</summary>
    public const int MaxLabels = 8;

    /// <summary>Fills <paramref name="values"/> in the order of <paramref name="labels"/>; a label without a tag has an empty value.</summary>
    /// <returns>The tag <see cref="MetricLabel.RequestId"/>, which belongs to no series; null when it is not there.</returns>
    public static string? Read(ImmutableArray<string> labels, ReadOnlySpan<KeyValuePair<string, object?>> tags, Span<string> values)
    {
        values.Fill("");
        string? requestId = null;
        for (var i = 0; i < tags.Length; i++)
        {
            var key = tags[i].Key;

            // The gateway's own code gives the tags in the order of the labels, so that the first look finds them.
            var place = i < labels.Length && labels[i] == key ? i : labels.IndexOf(key);
            if (place >= 0)
            {
                values[place] = Text(tags[i].Value);
            }
            else if (key == MetricLabel.RequestId)
            {
                requestId = Text(tags[i].Value);
            }
        }

        return requestId;
    }

    private static string Text(object? value) => value as string ?? Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    [InlineArray(MaxLabels)]
    internal struct Buffer
    {
        private string _first;
    }
}
