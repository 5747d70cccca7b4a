namespace VmObs.Cli.Charts;

/// <summary>Dots on a terminal: each of its cells has two columns and four rows of them, as Braille signs have (Unicode 2800 to 28FF).</summary>
/// <param name="width">Cells.</param>
/// <param name="height">Cells.</param>
internal sealed class BrailleCanvas(int width, int height)
{
    private const char Blank = '\u2800';

    // Bits of a sign by row and column: the two lowest dots came later, with the highest bits.
    private static readonly byte[,] s_bits = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };

    private readonly byte[,] _dots = new byte[height, width];
    private readonly int[,] _owners = new int[height, width];

    /// <summary>Dots from left to right.</summary>
    public int Width => width * 2;

    /// <summary>Dots from top to bottom.</summary>
    public int Height => height * 4;

    /// <summary>Sets a dot; outside there are none.</summary>
    /// <param name="x">From the left.</param>
    /// <param name="y">From the top.</param>
    /// <param name="owner">Whose it is: the last one's colour is the cell's.</param>
    public void Set(int x, int y, int owner)
    {
        if (x < 0 || y < 0 || x >= Width || y >= Height)
            return;
        _dots[y / 4, x / 2] |= s_bits[y % 4, x % 2];
        _owners[y / 4, x / 2] = owner;
    }

    /// <summary>Sets the dots between two, both inclusive (Bresenham's line).</summary>
    public void Line(int fromX, int fromY, int toX, int toY, int owner)
    {
        var (stepX, stepY) = (Math.Sign(toX - fromX), Math.Sign(toY - fromY));
        var (distanceX, distanceY) = (Math.Abs(toX - fromX), -Math.Abs(toY - fromY));
        for (var error = distanceX + distanceY; ;)
        {
            Set(fromX, fromY, owner);
            if (fromX == toX && fromY == toY)
                return;
            var twice = 2 * error;
            if (twice >= distanceY)
                (error, fromX) = (error + distanceY, fromX + stepX);
            if (twice <= distanceX)
                (error, fromY) = (error + distanceX, fromY + stepY);
        }
    }

    /// <summary>A row of cells, in stretches of one owner; blanks are nobody's (-1).</summary>
    public IEnumerable<(string Text, int Owner)> Row(int row)
    {
        for (int start = 0, end; start < width; start = end)
        {
            var owner = OwnerOf(row, start);
            for (end = start + 1; end < width && OwnerOf(row, end) == owner;)
                end++;
            yield return (string.Create(end - start, (this, row, start), static (text, place) =>
            {
                for (var i = 0; i < text.Length; i++)
                    text[i] = (char)(Blank + place.Item1._dots[place.row, place.start + i]);
            }), owner);
        }
    }

    private int OwnerOf(int row, int column) => _dots[row, column] == 0 ? -1 : _owners[row, column];
}
