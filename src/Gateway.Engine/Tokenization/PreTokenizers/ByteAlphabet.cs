namespace Gateway.Engine.Tokenization.PreTokenizers;

/// <summary>
/// The printable spelling of bytes in the vocabularies of byte-level models: printable Latin-1 characters stand for themselves, the
/// other 68 bytes for U+0100 and on, in order (bytes_to_unicode of GPT-2's encoder.py). A space is Ġ.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Build();

    private static readonly byte[] Bytes = Invert(Characters, out IsCharacter);

    private static readonly bool[] IsCharacter;

    public static char CharacterOf(byte value) => Characters[value];

    /// <summary>The bytes that the characters stand for; null when one of them stands for none.</summary>
    public static byte[]? TryDecode(string text)
    {
        foreach (var character in text)
        {
            if (character >= IsCharacter.Length || !IsCharacter[character])
            {
                return null;
            }
        }

        return [.. text.Select(character => Bytes[character])];
    }

    private static char[] Build()
    {
        var characters = new char[256];
        var next = (char)256;
        for (var value = 0; value < 256; value++)
        {
            var isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = isPrintable ? (char)value : next++;
        }

        return characters;
    }

    private static byte[] Invert(char[] characters, out bool[] isCharacter)
    {
        var bytes = new byte[characters.Max() + 1];
        isCharacter = new bool[bytes.Length];
        for (var value = 0; value < characters.Length; value++)
        {
            bytes[characters[value]] = (byte)value;
            isCharacter[characters[value]] = true;
        }

        return bytes;
    }
}
