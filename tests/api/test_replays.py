"""A replay of every mutation gives the same answer and changes nothing.

One story calls each mutation that takes an idempotencyKey, twice: the second call must give the first one's answer and
leave every row of every table as it was. A new mutation fails the last claim until the story calls it.
"""

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from gateway.demo.load import STAFF_EMAIL, STAFF_PASSWORD
from tests.api import chapters
from tests.api.schema import core_schema
from tests.api.shop import Shop
from tests.api.story import Story
from tests.api.test_loop import places, sound

pytestmark = pytest.mark.anyio

UNKEYED = {
    # Each gives a new credential, which is what is asked for.
    "associateSignIn",
    "customerSignIn",
    "partnerTokenCreate",
    "staffSignIn",
    "terminalRegister",
    # Each sets a state: again it sets the same, or is refused because it is so already.
    "categoryCreate",
    "collectionCreate",
    "fulfillmentOrderAccept",
    "giftCardTermsSet",
    "locationUpdate",
    "loyaltyAccountEnroll",
    "pickupCheckIn",
    "pickupExtend",
    "pickupPersonSet",
    "productPublish",
    "productUnpublish",
    "productUpdate",
    "productVariantUpdate",
    "salesChannelCreate",
    "tenderTermsSet",
    "terminalRevoke",
    "trustedDocumentsRegister",
    "trustedDocumentsWithdraw",
    "variantPriceSet",
}


def mutations(*, keyed: bool) -> set[str]:
    """The names of the mutations that take an idempotencyKey, or of those that do not."""
    root = core_schema().mutation_type
    assert root is not None
    inputs = {name: get_named_type(one.args["input"].type) for name, one in root.fields.items()}
    return {
        name
        for name, given in inputs.items()
        if isinstance(given, GraphQLInputObjectType) and ("idempotencyKey" in given.fields) is keyed
    }


async def test_a_replay_of_every_mutation_gives_the_same_answer_and_changes_nothing(shop: Shop) -> None:
    variant = (await shop.ask('{ productVariant(sku: "MUG-HARB-NAVY") { id } }'))["productVariant"]["id"]
    head = {"email": STAFF_EMAIL, "password": STAFF_PASSWORD}
    office = (await shop.done("staffSignIn", head, "grant { accessToken }", keyed=False))["grant"]["accessToken"]
    story = Story(shop, await places(shop), variant, await shop.associate(0, "LON9"), office)
    for chapter in (
        chapters.keep_shop,
        chapters.fill_carts,
        chapters.spend_points,
        chapters.collect,
        chapters.make_refunds_good,
        chapters.give_cards,
        chapters.ship,
        chapters.promote,
        chapters.list_prices,
        chapters.exempt,
        chapters.transport,
        chapters.print_papers,
        chapters.keep_drawers,
        chapters.ask_for_cards,
        chapters.pay_balances,
    ):
        await chapter(story)
    assert story.told == mutations(keyed=True)
    await shop.work()
    await sound(shop)


def test_every_other_mutation_sets_a_state_or_gives_a_credential() -> None:
    assert mutations(keyed=False) == UNKEYED
