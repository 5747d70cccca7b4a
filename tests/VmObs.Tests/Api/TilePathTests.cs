using VmObs.Api;

namespace VmObs.Tests.Api;

public sealed class TilePathTests
{
    [Theory]
    [InlineData("0/000", 0, 0, 256)]
    [InlineData("0/255", 0, 255, 256)]
    [InlineData("1/x001/x234/067", 1, 1_234_067, 256)]
    [InlineData("63/000.p/1", 63, 0, 1)]
    [InlineData("2/x001/000.p/255", 2, 1000, 255)]
    [InlineData("entries/x001/x234/067", null, 1_234_067, 256)]
    [InlineData("entries/000.p/17", null, 0, 17)]
    public void A_path_as_the_format_spells_it_names_its_tile(string path, int? level, long number, int width) =>
        Assert.Equal(new TilePath(level, number, width), TilePath.TryParse(path));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0/")]
    [InlineData("0/0")]
    [InlineData("0/0000")]
    [InlineData("00/000")]
    [InlineData("64/000")]
    [InlineData("-1/000")]
    [InlineData("0/x000/001")]
    [InlineData("0/001/x002")]
    [InlineData("0/x001")]
    [InlineData("0/000.p/0")]
    [InlineData("0/000.p/256")]
    [InlineData("0/000.p/01")]
    [InlineData("0/000.p")]
    [InlineData("0/000.p/1/1")]
    [InlineData("entries")]
    [InlineData("entries/")]
    [InlineData("entries.p/1")]
    [InlineData("Entries/000")]
    [InlineData("0/x001/x001/x001/x001/x001/x001/001")]
    public void Any_other_spelling_names_nothing(string path) => Assert.Null(TilePath.TryParse(path));
}
