using Gateway.Engine.Tokenization.Decoders;

namespace Gateway.Engine.Tokenization;

/// <summary>Takes the padding that encoding put in front of a text away again. Lives as long as one text.</summary>
internal struct LeadingStrip(TokenDecoder decoder)
{
    private int _left = decoder.LeadingCount;

    /// <param name="piece">The next piece of the text.</param>
    public string Apply(string piece)
    {
        if (_left == 0 || piece.Length == 0)
        {
            return piece;
        }

        var count = 0;
        while (count < piece.Length && count < _left && piece[count] == decoder.LeadingCharacter)
        {
            count++;
        }

        _left = count == piece.Length ? _left - count : 0;
        return piece[count..];
    }
}
