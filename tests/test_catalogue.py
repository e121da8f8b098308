"""What the catalogue has, and what it says of each system."""

from __future__ import annotations

import re

import pytest

from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.symbolic import system_of

DYSTS_FLOWS = """
Aizawa AnishchenkoAstakhov Arneodo ArnoldBeltramiChildress ArnoldWeb AtmosphericRegime BeerRNN
BelousovZhabotinsky BickleyJet Blasius BlinkingRotlet BlinkingVortex Bouali Bouali2 BurkeShaw CaTwoPlus
CaTwoPlusQuasiperiodic CellCycle CellularNeuralNetwork Chen ChenLee Chua CircadianRhythm
CoevolvingPredatorPrey Colpitts Coullet Dadras DequanLi DoubleGyre DoublePendulum Duffing ExcitableCell
Finance FluidTrampoline ForcedBrusselator ForcedFitzHughNagumo ForcedVanDerPol GenesioTesi
GlycolyticOscillation GuckenheimerHolmes Hadley Halvorsen HastingsPowell HenonHeiles HindmarshRose
Hopfield HyperBao HyperCai HyperJha HyperLorenz HyperLu HyperPang HyperQi HyperRossler HyperWang HyperXu
HyperYan HyperYangChen IkedaDelay InteriorSquirmer IsothermalChemical ItikBanksTumor JerkCircuit
KawczynskiStrizhak Laser LidDrivenCavityFlow LiuChen Lorenz Lorenz84 Lorenz96 LorenzBounded
LorenzCoupled LorenzStenflo LuChen LuChenCheng MacArthur MackeyGlass MooreSpiegel MultiChua
NewtonLiepnik NoseHoover NuclearQuadrupole OscillatingFlow PanXuZhou PehlivanWei PiecewiseCircuit Qi
QiChen RabinovichFabrikant RayleighBenard RikitakeDynamo Rossler Rucklidge Sakarya SaltonSea
SanUmSrisuchinwong ScrollDelay ShimizuMorioka SprottA SprottB SprottC SprottD SprottDelay SprottE
SprottF SprottG SprottH SprottI SprottJ SprottJerk SprottK SprottL SprottM SprottMore SprottN SprottO
SprottP SprottQ SprottR SprottS SprottTorus StickSlipOscillator SwingingAtwood Thomas ThomasLabyrinth
Torus Tsucs2 TurchinHanski VallisElNino VossDelay WangSun WindmiReduced YuWang YuWang2 ZhouChen
"""
"""The continuous systems of the dysts catalogue (Gilpin 2021, NeurIPS Datasets and Benchmarks)."""
DYSTS_MAPS = """
Baker Bedhead BlinkingVortexMap Bogdanov Chebyshev Chirikov Circle DeJong Duffing Gauss Gingerbreadman
GumowskiMira Henon Hopalong Ikeda KaplanYorke Logistic MaynardSmith Pickover Ricker Svensson Tent
Tinkerbell Zaslavskii ZeraouliaSprott
"""
"""Its maps, but for EndCap, of which it gives parameters and no equation."""
FLOWS = """
lorenz63 lorenz84 lorenz96 rossler chua duffing van-der-pol forced-van-der-pol henon-heiles double-pendulum
logarithmic logarithmic-bar plummer plummer-bar mackey-glass kuramoto hindmarsh-rose hindmarsh-rose-1984
finance ma-chen aizawa lotka-volterra fitzhugh-nagumo pendulum harmonic-oscillator kepler
brownian ornstein-uhlenbeck pink-noise
"""
MAPS = """
logistic tent henon ikeda arnold-cat standard baker gauss pomeau-manneville coupled-map-lattice white-noise ar1
"""
EVERY = [(kind, name) for kind in ("flow", "map") for name in definitions(kind)]
CLASSES = {"dissipative", "conservative", "hamiltonian", "forced", "delay", "noise"}
NO_PAPER = {"bedhead", "pickover", "svensson"}
"""Maps that were never published but as pictures."""
WORDS, LONGEST = 4, 420


def test_every_system_of_the_dysts_catalogue_is_there():
    flows, maps = definitions("flow"), definitions("map")
    assert len(DYSTS_FLOWS.split()) == 135
    assert [n for n in DYSTS_FLOWS.split() if n not in flows.aliases] == []
    assert [n for n in DYSTS_MAPS.split() if n not in maps.aliases] == []


def test_an_alias_stands_for_one_system():
    for kind in ("flow", "map"):
        names = [a for d in definitions(kind).values() for a in d.aliases]
        assert len(names) == len(set(names))
        assert not set(names) & set(definitions(kind))


@pytest.mark.parametrize(("kind", "names"), [("flow", FLOWS), ("map", MAPS)])
def test_what_the_literature_of_entropy_koopman_modes_and_forecasts_uses_is_there(kind, names):
    assert [n for n in names.split() if n not in list(definitions(kind))] == []


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_system_says_what_it_is_and_where_it_comes_from(kind, name):
    definition = definitions(kind)[name]
    assert definition.title
    assert definition.category in CLASSES
    about = definition.about
    assert about.endswith(".")
    assert len(about.split()) >= WORDS
    assert len(about) <= LONGEST
    if name in NO_PAPER:
        assert definition.reference.endswith("no paper known")
    else:
        # who and when
        assert re.search(r"\D \d{4}\b", definition.reference)
    for key, parameter in definition.parameters.items():
        assert len(parameter.meaning) > 2, key
        assert parameter.meaning.lower() not in ("parameter", "constant", "coefficient"), key


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_the_class_of_a_system_follows_from_its_equations(kind, name):
    definition = definitions(kind)[name]
    category = definition.category
    assert (category == "hamiltonian") == (definition.hamiltonian is not None)
    assert (category == "delay") == bool(definition.lags)
    assert (category == "noise") == bool(definition.noise)
    assert (category == "forced") == (
        not definition.autonomous and not definition.lags and not definition.noise
    )


@pytest.mark.parametrize("name", [n for n, d in definitions("flow").items() if d.category == "conservative"])
def test_what_conserves_volume_on_average_alone_says_so(name):
    definition = definitions("flow")[name]
    system = system_of(definition)
    divergence = sum(row.diff(component) for row, component in zip(system.rows, system.state, strict=True))
    assert divergence == 0 or "average" in definition.about
